//! Who may do what. Pure: the facts come in, a verdict comes out. The store asks inside the
//! transaction of the change, so that no fact is stale.

use app::protocol::{BeingId, BeingKind};

use crate::refusal::Refusal;

/// Who acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    pub id: BeingId,
    /// The first account of an installation does.
    pub administers: bool,
}

/// How a being stands to a space.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    Member,
    /// Once belonged, and so knows that the space exists.
    Left,
    Stranger,
}

/// To read, to follow, to speak, to invite, to stop an answer, to bring an AI being along.
pub fn may_take_part(standing: Standing) -> Result<(), Refusal> {
    match standing {
        Standing::Member => Ok(()),
        Standing::Left => Err(Refusal::NotMember),
        Standing::Stranger => Err(Refusal::UnknownSpace),
    }
}

pub fn may_edit(actor: &Actor, standing: Standing, owner: &BeingId) -> Result<(), Refusal> {
    may_take_part(standing)?;
    if actor.id == *owner {
        Ok(())
    } else {
        Err(Refusal::NotAllowed("Only who wrote a message may change it."))
    }
}

/// `made_by` is who made the being, where somebody did; `in_common` whether the actor shares a
/// space with it.
pub fn may_change_being(
    actor: &Actor,
    id: &BeingId,
    made_by: Option<&BeingId>,
    in_common: bool,
) -> Result<(), Refusal> {
    if actor.id == *id {
        return Ok(());
    }
    if !in_common {
        return Err(Refusal::UnknownBeing);
    }
    if actor.administers && made_by.is_some() || made_by == Some(&actor.id) {
        Ok(())
    } else {
        Err(Refusal::NotAllowed("Only who made a space or an AI being may change it."))
    }
}

pub fn may_configure_providers(actor: &Actor) -> Result<(), Refusal> {
    if actor.administers {
        Ok(())
    } else {
        Err(Refusal::NotAllowed("Only who looks after this place may do that."))
    }
}

/// `founder` is who made the space, `made_by` who made the being that is to go.
pub fn may_remove_being(
    actor: &Actor,
    standing: Standing,
    id: &BeingId,
    kind: BeingKind,
    founder: Option<&BeingId>,
    made_by: Option<&BeingId>,
) -> Result<(), Refusal> {
    may_take_part(standing)?;
    let keeps_the_space = actor.administers || founder == Some(&actor.id);
    let brought_it = kind == BeingKind::Ai && made_by == Some(&actor.id);
    if actor.id == *id || keeps_the_space || brought_it {
        Ok(())
    } else {
        Err(Refusal::NotAllowed("Only who founded a space may remove others from it."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn actor(id: &str, administers: bool) -> Actor {
        Actor { id: being(id), administers }
    }

    fn being(id: &str) -> BeingId {
        id.parse().expect("an id")
    }

    fn code(verdict: Result<(), Refusal>) -> &'static str {
        match verdict {
            Ok(()) => "yes",
            Err(Refusal::NotAllowed(_)) => "not allowed",
            Err(Refusal::NotMember) => "not a member",
            Err(Refusal::UnknownSpace | Refusal::UnknownBeing) => "unknown",
            Err(_) => "another refusal",
        }
    }

    #[test]
    fn a_message_is_its_owners() {
        use Standing::*;
        let cases = [
            ("@ada", Member, "yes"),
            ("@ada", Left, "not a member"),
            ("@bob", Member, "not allowed"),
            ("@bob", Stranger, "unknown"),
        ];
        for (who, standing, verdict) in cases {
            let verdict_here = code(may_edit(&actor(who, true), standing, &being("@ada")));
            assert_eq!(verdict_here, verdict, "{who} {standing:?}");
        }
    }

    #[test]
    fn a_being_changes_itself_and_what_it_made() {
        let cases = [
            ("@ada", false, "@ada", None, false, "yes"),
            ("@bob", true, "@ada", None, true, "not allowed"),
            ("@bob", false, "@bot", Some("@bob"), true, "yes"),
            ("@bob", false, "@bot", Some("@ada"), true, "not allowed"),
            ("@bob", true, "@bot", Some("@ada"), true, "yes"),
            ("@bob", true, "@bot", Some("@ada"), false, "unknown"),
        ];
        for (who, administers, id, made_by, in_common, verdict) in cases {
            let made_by = made_by.map(being);
            let actor = actor(who, administers);
            let verdict_here = may_change_being(&actor, &being(id), made_by.as_ref(), in_common);
            assert_eq!(code(verdict_here), verdict, "{who} changes {id}");
        }
    }

    #[test]
    fn anyone_may_leave_and_the_founder_may_send_away() {
        let cases = [
            ("@bob", false, "@bob", BeingKind::Person, None, "yes"),
            ("@bob", false, "@cyd", BeingKind::Person, None, "not allowed"),
            ("@ada", false, "@bob", BeingKind::Person, None, "yes"),
            ("@cyd", true, "@bob", BeingKind::Person, None, "yes"),
            ("@bob", false, "@bot", BeingKind::Ai, Some("@bob"), "yes"),
            ("@bob", false, "@bot", BeingKind::Ai, Some("@cyd"), "not allowed"),
        ];
        for (who, administers, id, kind, made_by, verdict) in cases {
            let (founder, made_by) = (being("@ada"), made_by.map(being));
            let actor = actor(who, administers);
            let verdict_here = may_remove_being(
                &actor,
                Standing::Member,
                &being(id),
                kind,
                Some(&founder),
                made_by.as_ref(),
            );
            assert_eq!(code(verdict_here), verdict, "{who} removes {id}");
        }
    }
}
