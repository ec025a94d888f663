//! What every route needs, put together once.

use std::sync::Arc;

use app::protocol::{Being, BeingId, CreateAccount, Name, Password, SignIn};

use crate::{
    chance::{Chance, Token, TokenHash},
    clock::Clock,
    hub::Hub,
    password::Passwords,
    refusal::Refusal,
    site::Site,
    store::{NewAccount, Store},
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
}

impl Services {
    pub fn new(
        store: Arc<dyn Store>,
        hub: Arc<Hub>,
        clock: Arc<dyn Clock>,
        chance: Arc<Chance>,
        site: Site,
    ) -> Self {
        let passwords = Passwords::new(chance.clone());
        Self { store, hub, clock, chance, passwords, throttle: Throttle::default(), site }
    }

    /// Opens an account and signs it in. Used by the command and by the form.
    pub async fn create_account(&self, wish: CreateAccount) -> Result<(Being, Token), Refusal> {
        let id = BeingId::from_handle(&wish.handle)
            .map_err(|_| app::protocol::OutOfBounds::new("handle", HANDLE_PROBLEM))?;
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

const HANDLE_PROBLEM: &str =
    "is not 1 to 19 of a-z, 0-9, - and _, beginning with a letter or a digit";
