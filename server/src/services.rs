//! What every route needs, put together once.

use std::sync::Arc;

use app::protocol::{
    Being, BeingId, BeingSettings, CreateAccount, Name, OutOfBounds, Password, ProviderListing,
    SignIn, SpaceId, limits::BEING_ID_MAX_BYTES,
};

use crate::{
    ai::{
        KeyRing,
        endpoint::{Endpoint, GUIDE},
        settings::Settings,
    },
    chance::{Chance, Token, TokenHash},
    clock::Clock,
    hub::Hub,
    password::Passwords,
    policy::Actor,
    refusal::Refusal,
    session::Caller,
    site::Site,
    store::{NewAccount, NewBeing, Store},
    throttle::Throttle,
};

pub struct Services {
    pub store: Arc<dyn Store>,
    pub hub: Arc<Hub>,
    pub clock: Arc<dyn Clock>,
    pub chance: Arc<Chance>,
    pub passwords: Passwords,
    pub throttle: Throttle,
    pub site: Site,
    /// The keys of providers that the environment brought.
    pub keys: KeyRing,
}

impl Services {
    pub fn new(
        store: Arc<dyn Store>,
        hub: Arc<Hub>,
        clock: Arc<dyn Clock>,
        chance: Arc<Chance>,
        site: Site,
        keys: KeyRing,
    ) -> Self {
        let passwords = Passwords::new(chance.clone());
        Self { store, hub, clock, chance, passwords, throttle: Throttle::default(), site, keys }
    }

    /// Opens an account and signs it in. Used by the command and by the form.
    pub async fn create_account(&self, wish: CreateAccount) -> Result<(Being, Token), Refusal> {
        let id = BeingId::from_handle(&wish.handle)
            .map_err(|_| OutOfBounds::new("handle", format!("is not {}", handle_form())))?;
        let name = Name::parse(&wish.name)?;
        let password = Password::parse(wish.password)?;
        let invite = wish.invite.map(|token| Token::presented(&token).hash());
        // Nobody without an invite makes the server hash a password, except for the first account.
        match &invite {
            Some(token) => drop(self.store.invited_to(token).await?),
            None if self.store.has_accounts().await? => return Err(Refusal::InviteRequired),
            None => {}
        }
        let password_hash = self.passwords.hash(password).await?;
        let token = self.chance.token();
        let new = NewAccount { id, name, password_hash, invite, session: token.hash() };
        let being = self.store.open_account(new).await?;
        Ok((being, token))
    }

    /// Signs in. Used by the command and by the form.
    pub async fn sign_in(&self, wish: SignIn) -> Result<(Being, Token), Refusal> {
        // What cannot be a handle or a password is a wrong one, not a malformed one.
        let id = BeingId::from_handle(&wish.handle).map_err(|_| Refusal::WrongPassword)?;
        let password = Password::parse(wish.password).map_err(|_| Refusal::WrongPassword)?;
        self.throttle.guess(&id, self.clock.now())?;
        let hash = self.store.account(&id).await?.map(|account| account.password_hash);
        if !self.passwords.verify(password, hash).await? {
            return Err(Refusal::WrongPassword);
        }
        self.throttle.forget(&id);
        let being = self.store.being(&id).await?.ok_or(Refusal::WrongPassword)?;
        let token = self.chance.token();
        self.store.start_session(&id, token.hash()).await?;
        Ok((being, token))
    }

    /// Founds a space from a page. For who administers and has no other it comes with the guide, so
    /// that somebody answers in a place where nobody is yet.
    pub async fn found_space(&self, by: &Actor, name: Name) -> Result<Being, Refusal> {
        let is_first = by.administers && self.store.spaces_of(&by.id).await?.is_empty();
        let space = self.store.found_space(by, name).await?;
        if is_first {
            let settings = Settings::parse(BeingSettings::with_provider(GUIDE))?;
            let guide =
                NewBeing { name: Name::parse("Guide")?, hue: None, settings: Some(settings) };
            let id = SpaceId::from(space.id.clone());
            // The space is there, with or without it.
            if let Err(refusal) = self.store.add_being(by, &id, guide).await {
                tracing::warn!(%refusal, "the guide did not come along");
            }
        }
        Ok(space)
    }

    /// What AI beings can answer with: by name for everybody, and where and with what for who
    /// administers. Keys are told to nobody.
    pub async fn providers(&self, actor: &Actor) -> Result<Vec<ProviderListing>, Refusal> {
        let guide = ProviderListing { name: GUIDE.to_owned(), base_url: None, has_key: None };
        let listing = |endpoint: Endpoint| {
            let has_key = self.keys.of(&endpoint.name).is_some() || endpoint.key.is_some();
            let base_url = endpoint.base_url.as_str().to_owned();
            ProviderListing {
                name: endpoint.name.as_str().to_owned(),
                base_url: actor.administers.then_some(base_url),
                has_key: actor.administers.then_some(has_key),
            }
        };
        let configured = self.store.providers().await?.into_iter().map(listing);
        Ok(std::iter::once(guide).chain(configured).collect())
    }

    /// Another signs in on the device, or the same once more: nothing holds the session before any
    /// longer.
    pub async fn replace(&self, before: Option<Caller>) {
        let Some(before) = before else { return };
        if let Err(refusal) = self.sign_out(&before.session).await {
            tracing::warn!(%refusal, "a session that was replaced did not end");
        }
    }

    /// Ends the session, and the streams that were opened with it.
    pub async fn sign_out(&self, session: &TokenHash) -> Result<(), Refusal> {
        let (store, hub, session) = (self.store.clone(), self.hub.clone(), session.clone());
        // Both or none: who hangs up in between is signed out all the same.
        let signing_out = tokio::spawn(async move {
            store.end_session(session.clone()).await?;
            hub.sign_out(&session);
            Ok(())
        });
        signing_out.await.unwrap_or(Err(Refusal::Unavailable))
    }
}

/// What a handle is.
pub fn handle_form() -> String {
    let max = BEING_ID_MAX_BYTES - 1;
    format!("1 to {max} of a–z, 0–9, - and _, beginning with a letter or a digit")
}
