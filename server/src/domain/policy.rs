//! Who may do what. Pure: the facts come in, a verdict comes out. The store asks inside the
//! transaction of the change, so that no fact is stale.

use protocol::{BeingId, BeingKind};

use crate::domain::refusal::Refusal;

/// Who acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    pub id: BeingId,
    /// The first account of an installation does.
    pub is_admin: bool,
}

/// How a being stands to a space.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Membership {
    Member,
    /// Once belonged, and so knows that the space exists.
    Left,
    Stranger,
}

/// To read, to follow, to speak, to react, to invite, to stop an answer, to bring an AI being along.
pub fn may_take_part(membership: Membership) -> Result<(), Refusal> {
    match membership {
        Membership::Member => Ok(()),
        Membership::Left => Err(Refusal::NotMember),
        Membership::Stranger => Err(Refusal::UnknownSpace),
    }
}

pub fn may_edit(by: &BeingId, membership: Membership, owner: &BeingId) -> Result<(), Refusal> {
    may_take_part(membership)?;
    if by == owner {
        Ok(())
    } else {
        Err(Refusal::NotAllowed("Only the author of a message can change it."))
    }
}

/// `made_by` is who made the being, where somebody did; `in_common` whether the actor shares a
/// space with it.
pub fn may_change_being(
    actor: &Actor,
    id: &BeingId,
    kind: BeingKind,
    made_by: Option<&BeingId>,
    in_common: bool,
) -> Result<(), Refusal> {
    if actor.id == *id {
        return Ok(());
    }
    if !in_common {
        return Err(Refusal::UnknownBeing);
    }
    if actor.is_admin && made_by.is_some() || made_by == Some(&actor.id) {
        Ok(())
    } else {
        Err(Refusal::NotAllowed(match kind {
            BeingKind::Space => "Only the founder or an admin can rename this space.",
            BeingKind::Ai => "Only who added this AI or an admin can change it.",
            BeingKind::Person => "Only they themselves can change that.",
        }))
    }
}

pub fn may_configure_providers(actor: &Actor) -> Result<(), Refusal> {
    if actor.is_admin { Ok(()) } else { Err(Refusal::NotAllowed("Only an admin can do that.")) }
}

/// Of a space that somebody else has made.
pub fn may_mention_everyone(actor: &Actor) -> bool {
    actor.is_admin
}

/// `founder` is who made the space, `made_by` who made the being that is to go.
pub fn may_remove_being(
    actor: &Actor,
    membership: Membership,
    id: &BeingId,
    kind: BeingKind,
    founder: Option<&BeingId>,
    made_by: Option<&BeingId>,
) -> Result<(), Refusal> {
    may_take_part(membership)?;
    let keeps_the_space = actor.is_admin || founder == Some(&actor.id);
    let brought_it = kind == BeingKind::Ai && made_by == Some(&actor.id);
    if actor.id == *id || keeps_the_space || brought_it {
        Ok(())
    } else {
        Err(Refusal::NotAllowed("Only the founder or an admin can remove others from this space."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn actor(id: &str, is_admin: bool) -> Actor {
        Actor { id: being(id), is_admin }
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
        use Membership::*;
        let cases = [
            ("@ada", Member, "yes"),
            ("@ada", Left, "not a member"),
            ("@bob", Member, "not allowed"),
            ("@bob", Stranger, "unknown"),
        ];
        for (who, membership, verdict) in cases {
            let verdict_here = code(may_edit(&being(who), membership, &being("@ada")));
            assert_eq!(verdict_here, verdict, "{who} {membership:?}");
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
        for (who, is_admin, id, made_by, in_common, verdict) in cases {
            let made_by = made_by.map(being);
            let actor = actor(who, is_admin);
            let (id, kind) = (being(id), BeingKind::Ai);
            let verdict_here = may_change_being(&actor, &id, kind, made_by.as_ref(), in_common);
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
        for (who, is_admin, id, kind, made_by, verdict) in cases {
            let (founder, made_by) = (being("@ada"), made_by.map(being));
            let actor = actor(who, is_admin);
            let verdict_here = may_remove_being(
                &actor,
                Membership::Member,
                &being(id),
                kind,
                Some(&founder),
                made_by.as_ref(),
            );
            assert_eq!(code(verdict_here), verdict, "{who} removes {id}");
        }
    }
}
