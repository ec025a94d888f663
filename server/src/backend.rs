//! The pages' backend, answered in-process: a page that is rendered makes no request to itself.

use std::sync::Arc;

use app::{
    backend::{Backend, FirstSight, Invitation, Reply, Trouble},
    protocol::{Being, ErrorBody, SpaceId, SpaceListing},
};

use leptos_axum::ResponseOptions;

use crate::{chance::Token, policy, refusal::Refusal, services::Services, session::Caller};

/// One request's view: the services, and who asks.
#[derive(Clone)]
pub struct InProcess {
    services: Arc<Services>,
    caller: Option<Caller>,
    /// The page's own: what cannot be shown is a refusal of the page, too.
    response: ResponseOptions,
}

impl InProcess {
    pub fn new(services: Arc<Services>, caller: Option<Caller>, response: ResponseOptions) -> Self {
        Self { services, caller, response }
    }

    /// Runs a query, and puts a refusal in the words that a browser would have got.
    fn reply<T, F>(&self, query: impl FnOnce(Self) -> F) -> Reply<T>
    where
        F: Future<Output = Result<T, Refusal>> + Send + 'static,
    {
        let (answer, response) = (query(self.clone()), self.response.clone());
        Box::pin(async move {
            answer.await.map_err(|refusal| {
                response.set_status(refusal.status());
                trouble(refusal)
            })
        })
    }

    fn caller(&self) -> Result<&Caller, Refusal> {
        self.caller.as_ref().ok_or(Refusal::NoSession)
    }

    async fn who(&self) -> Result<Being, Refusal> {
        let being = self.services.store.being(&self.caller()?.actor.id).await?;
        being.ok_or(Refusal::NoSession)
    }
}

impl Backend for InProcess {
    fn me(&self) -> Reply<Being> {
        self.reply(|this| async move { this.who().await })
    }

    fn spaces(&self) -> Reply<Vec<SpaceListing>> {
        self.reply(
            |this| async move { this.services.store.spaces_of(&this.caller()?.actor.id).await },
        )
    }

    fn first_sight(&self, space: SpaceId) -> Reply<FirstSight> {
        self.reply(|this| async move {
            let (me, store) = (this.who().await?, &this.services.store);
            let sync = store.sync(&space).await?;
            // Asked behind the query, as for a page of history.
            policy::may_take_part(store.standing(&space, &me.id).await?)?;
            Ok(FirstSight { me, sync: Some(sync) })
        })
    }

    fn invitation(&self, token: String) -> Reply<Invitation> {
        self.reply(|this| async move {
            let space = this.services.store.invited_to(&Token::presented(&token).hash()).await?;
            let me = match this.who().await {
                Ok(me) => Some(me),
                Err(Refusal::NoSession) => None,
                Err(refusal) => return Err(refusal),
            };
            Ok(Invitation { space, me })
        })
    }
}

fn trouble(refusal: Refusal) -> Trouble {
    match refusal {
        Refusal::SlowDown { retry_after_seconds } => Trouble::Later { retry_after_seconds },
        Refusal::Unavailable => Trouble::Later { retry_after_seconds: 2 },
        refusal => {
            let code = refusal.code().to_owned();
            let error = ErrorBody { code, message: refusal.to_string(), field: None };
            Trouble::Refused { status: refusal.status().as_u16(), error }
        }
    }
}
