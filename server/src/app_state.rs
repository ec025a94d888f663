//! What every route needs, and the use cases that JSON and pages share: create an account, sign in, sign
//! out, create a space, list the providers.

use std::sync::Arc;

use protocol::{
    Being, BeingId, BeingSettings, CreateAccount, DirectoryPage, Model, Name, OutOfBounds,
    ProviderListing, SearchAnswer, SignIn, SpaceId,
    limits::{BEING_ID_MAX_BYTES, NAME_MAX_CHARACTERS},
};
use tokio::sync::OnceCell;

use crate::{
    ai::{KeyRing, models::Models},
    colours::Painter,
    delivery::hub::Hub,
    domain::{
        clock::Clock,
        command::{self, AddBeing, CreateSpace, EndSession, ReplacePasswordHash, StartSession},
        endpoint::{Endpoint, GUIDE},
        policy,
        refusal::Refusal,
        rng::Rng,
        settings::Settings,
        token::{Token, TokenHash},
    },
    http::{assets::Site, auth::Caller, client_address::ClientAddress},
    password::{Attempt, Passwords, Verdict, opaque_string},
    store::{Execute, Search, Store},
    throttle::Throttle,
};

pub struct AppState {
    pub store: Arc<dyn Store>,
    pub hub: Arc<Hub>,
    pub clock: Arc<dyn Clock>,
    pub rng: Arc<Rng>,
    pub passwords: Passwords,
    pub throttle: Throttle,
    pub painter: Painter,
    pub site: Site,
    /// The script of this build's service worker, made when it is first asked for.
    pub service_worker: OnceCell<String>,
    /// Keys of providers that the environment sets.
    pub keys: KeyRing,
    models: Models,
}

impl AppState {
    pub fn new(
        store: Arc<dyn Store>,
        hub: Arc<Hub>,
        clock: Arc<dyn Clock>,
        rng: Arc<Rng>,
        site: Site,
        keys: KeyRing,
    ) -> Self {
        Self {
            passwords: Passwords::new(rng.clone()),
            throttle: Throttle::default(),
            painter: Painter::default(),
            service_worker: OnceCell::new(),
            models: Models::new(clock.clone()),
            store,
            hub,
            clock,
            rng,
            site,
            keys,
        }
    }

    /// What was said in the spaces that a being belongs to now.
    pub async fn search(&self, search: &Search) -> Result<SearchAnswer, Refusal> {
        let (store, by) = (self.store.as_ref(), &search.being);
        if let Some(space) = &search.space {
            policy::may_take_part(store.membership(space, by).await?)?;
        }
        let found = store.search(search).await?;
        let mut hits = Vec::new();
        for hit in found.hits {
            match hit.for_being(store, by).await {
                Ok(hit) => hits.push(hit),
                // The being has left that space in the meantime.
                Err(Refusal::NotMember | Refusal::UnknownSpace) => {}
                Err(refusal) => return Err(refusal),
            }
        }
        Ok(SearchAnswer { hits, next: found.next.map(|next| next.to_string()) })
    }

    /// Creates an account and signs it in.
    pub async fn create_account(
        &self,
        from: ClientAddress,
        request: CreateAccount,
    ) -> Result<(Being, Token), Refusal> {
        let id = BeingId::from_handle(&request.handle)
            .map_err(|_| OutOfBounds::new("handle", format!("is not {}", handle_form())))?;
        let name = Name::parse(&request.name)?;
        let password = opaque_string::prepare(&request.password)?;
        let invite = request.invite.map(|token| Token::presented(&token).hash());
        // Without an invite the server hashes no password, except for the first account.
        match &invite {
            Some(token) => drop(self.store.invited_to(token).await?),
            None if self.store.has_accounts().await? => return Err(Refusal::InviteRequired),
            None => {}
        }
        let attempt = Attempt { address: from.0, handle: id.clone() };
        let password_hash = self.passwords.hash(&attempt, password).await?;
        let token = self.rng.token();
        let session = token.hash();
        let new = command::CreateAccount { id, name, password_hash, invite, session };
        let being = self.store.execute(new).await?;
        Ok((being, token))
    }

    /// Checks the password and starts a session.
    pub async fn sign_in(
        &self,
        from: ClientAddress,
        request: SignIn,
    ) -> Result<(Being, Token), Refusal> {
        // Text that can be no handle or no password is a wrong one, not a malformed one.
        let id = BeingId::from_handle(&request.handle).map_err(|_| Refusal::WrongPassword)?;
        let forms = opaque_string::forms(&request.password);
        if forms.is_empty() {
            return Err(Refusal::WrongPassword);
        }
        let hash = self.store.account(&id).await?.map(|account| account.password_hash);
        self.throttle.guess(&id, from.0, hash.is_some(), self.clock.now())?;
        let attempt = Attempt { address: from.0, handle: id.clone() };
        match self.passwords.verify(&attempt, forms, hash.clone()).await? {
            Verdict::Wrong => return Err(Refusal::WrongPassword),
            Verdict::Right => {}
            Verdict::RightUnprepared => {
                self.prepare_password(attempt, hash, &request.password).await;
            }
        }
        self.throttle.forget(&id, from.0);
        let being = self.store.being(&id).await?.ok_or(Refusal::WrongPassword)?;
        let token = self.rng.token();
        self.store.execute(StartSession { being: id, token: token.hash() }).await?;
        Ok((being, token))
    }

    /// Replaces the hash of an earlier version, which was of what was typed, by one of the prepared form.
    /// It signs in all the same where that does not work.
    async fn prepare_password(&self, attempt: Attempt, before: Option<String>, typed: &str) {
        // A form that no new password may have stays as it is.
        let (Some(before), Ok(password)) = (before, opaque_string::prepare(typed)) else { return };
        let replaced = async {
            let hash = self.passwords.hash(&attempt, password).await?;
            let being = attempt.handle;
            self.store.execute(ReplacePasswordHash { being, before, hash }).await
        };
        if let Err(refusal) = replaced.await {
            tracing::warn!(%refusal, "a password's hash stays as an earlier version made it");
        }
    }

    /// Creates a space from a page. The first space of an administrator comes with the guide, so that
    /// somebody answers on a server that has no other members yet.
    pub async fn create_space(&self, by: &BeingId, name: Name) -> Result<Being, Refusal> {
        let is_first = self.store.is_admin(by).await? && self.store.spaces_of(by).await?.is_empty();
        let space = self.store.execute(CreateSpace { by: by.clone(), name }).await?;
        if is_first {
            let settings = Settings::parse(BeingSettings::with_provider(GUIDE))?;
            let guide = AddBeing {
                by: by.clone(),
                space: SpaceId::from(space.id.clone()),
                name: Name::parse("Guide")?,
                hue: None,
                settings: Some(settings),
            };
            // The space exists with or without the guide.
            if let Err(refusal) = self.store.execute(guide).await {
                tracing::warn!(%refusal, "the guide was not added to a new space");
            }
        }
        Ok(space)
    }

    /// Some of the open spaces: those in which `q` occurs, after one.
    pub async fn directory(
        &self,
        by: &BeingId,
        q: &str,
        after: Option<&SpaceId>,
    ) -> Result<DirectoryPage, Refusal> {
        let wanted = q.trim();
        if wanted.chars().count() > NAME_MAX_CHARACTERS {
            let problem = format!("has more than {NAME_MAX_CHARACTERS} characters");
            return Err(OutOfBounds::new("q", problem).into());
        }
        self.store.directory(by, &wanted.to_lowercase(), after).await
    }

    /// The providers that AI beings can answer with: their names for everybody, their addresses for
    /// administrators. A key is sent to nobody.
    pub async fn providers(&self, by: &BeingId) -> Result<Vec<ProviderListing>, Refusal> {
        let is_admin = self.store.is_admin(by).await?;
        let guide = ProviderListing { name: GUIDE.to_owned(), ..ProviderListing::default() };
        let listing = |endpoint: Endpoint| {
            let name = endpoint.name.as_str().to_owned();
            if !is_admin {
                return ProviderListing { name, ..ProviderListing::default() };
            }
            let has_key = self.keys.of(&endpoint.name).is_some() || endpoint.key.is_some();
            ProviderListing {
                name,
                base_url: Some(endpoint.base_url.as_str().to_owned()),
                has_key: Some(has_key),
                silence_seconds: endpoint.options.silence_seconds,
                answer_seconds: endpoint.options.answer_seconds,
                key_header: endpoint.options.key_header,
            }
        };
        let configured = self.store.providers().await?.into_iter().map(listing);
        Ok(std::iter::once(guide).chain(configured).collect())
    }

    /// The models that a provider lists. The guide has none.
    pub async fn models(&self, provider: &str) -> Result<Vec<Model>, Refusal> {
        if provider == GUIDE {
            return Ok(vec![]);
        }
        let all = self.store.providers().await?;
        let named = all.into_iter().find(|endpoint| endpoint.name.as_str() == provider);
        let mut endpoint = named.ok_or(Refusal::UnknownProvider)?;
        if let Some(key) = self.keys.of(&endpoint.name) {
            endpoint.key = Some(key.clone());
        }
        self.models.of(&endpoint).await
    }

    /// Ends the session whose cookie a sign-in from the same browser has just replaced: nothing can use
    /// it any more.
    pub async fn end_replaced_session(&self, before: Option<Caller>) {
        let Some(before) = before else { return };
        if let Err(refusal) = self.sign_out(&before.session).await {
            tracing::warn!(%refusal, "the session that a sign-in replaced did not end");
        }
    }

    /// Ends the session, and the streams that were opened with it.
    pub async fn sign_out(&self, session: &TokenHash) -> Result<(), Refusal> {
        let (store, hub, session) = (self.store.clone(), self.hub.clone(), session.clone());
        // In a task of its own: both happen even if the client hangs up in between.
        let signing_out = tokio::spawn(async move {
            store.execute(EndSession { token: session.clone() }).await?;
            hub.sign_out(&session);
            Ok(())
        });
        signing_out.await.unwrap_or(Err(Refusal::Unavailable))
    }
}

/// The form of a handle, in words.
fn handle_form() -> String {
    let max = BEING_ID_MAX_BYTES - 1;
    format!("1 to {max} lowercase letters, numbers, - or _, with a letter or number first")
}
