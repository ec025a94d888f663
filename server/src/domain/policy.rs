//! Who may do what. Pure: the facts come in, a verdict comes out. The store asks inside the
//! transaction of the change, so that no fact is stale.

use protocol::{BeingId, BeingKind, SpaceDetails};

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

/// To say something in a space, or to have it said. Asked of members.
pub fn may_add(details: &SpaceDetails) -> Result<(), Refusal> {
    match details.archived {
        true => Err(Refusal::NotAllowed("This space is archived: nothing is added to it.")),
        false => Ok(()),
    }
}

/// To bring somebody into a space. Asked of whoever may otherwise.
pub fn may_let_in(kind: BeingKind, details: &SpaceDetails) -> Result<(), Refusal> {
    may_add(details)?;
    match details.direct && kind == BeingKind::Person {
        true => Err(Refusal::NotAllowed("A direct space is of its persons only.")),
        false => Ok(()),
    }
}

/// To leave, or to be removed. Asked of whoever may otherwise.
pub fn may_let_go(kind: BeingKind, details: &SpaceDetails) -> Result<(), Refusal> {
    match details.direct && kind == BeingKind::Person {
        true => Err(Refusal::NotAllowed("Nobody leaves a direct space.")),
        false => Ok(()),
    }
}

/// To join without an invite; a member does so again.
pub fn may_join_open(membership: Membership, details: &SpaceDetails) -> Result<(), Refusal> {
    match membership {
        Membership::Member => Ok(()),
        _ if details.open => may_let_in(BeingKind::Person, details),
        Membership::Left => Err(Refusal::NotMember),
        Membership::Stranger => Err(Refusal::UnknownSpace),
    }
}

/// To name a space. Asked of whoever may otherwise.
pub fn may_name(details: &SpaceDetails) -> Result<(), Refusal> {
    match details.direct {
        true => Err(Refusal::NotAllowed("A direct space is called after its persons.")),
        false => Ok(()),
    }
}

/// To give a space a topic, to open, to archive and to delete it: to say what it is for all.
pub fn may_change_space(
    actor: &Actor,
    membership: Membership,
    founder: Option<&BeingId>,
    details: &SpaceDetails,
) -> Result<(), Refusal> {
    may_take_part(membership)?;
    match details.direct || actor.is_admin || founder == Some(&actor.id) {
        true => Ok(()),
        false => Err(Refusal::NotAllowed("Only the founder or an admin can change this space.")),
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
    fn a_space_is_changed_by_its_founder_or_an_administrator_and_a_direct_one_by_each() {
        use Membership::*;
        let cases = [
            ("@ada", false, Member, false, "yes"),
            ("@bob", false, Member, false, "not allowed"),
            ("@bob", true, Member, false, "yes"),
            ("@bob", false, Member, true, "yes"),
            ("@ada", true, Left, false, "not a member"),
            ("@bob", true, Stranger, true, "unknown"),
        ];
        for (who, is_admin, membership, direct, verdict) in cases {
            let (actor, founder) = (actor(who, is_admin), being("@ada"));
            let details = SpaceDetails { direct, ..SpaceDetails::default() };
            let found = may_change_space(&actor, membership, Some(&founder), &details);
            assert_eq!(code(found), verdict, "{who} {is_admin} {membership:?} {direct}");
        }
    }

    #[test]
    fn an_open_space_is_joined_unless_it_is_archived() {
        use Membership::*;
        let cases = [
            (Stranger, true, false, "yes"),
            (Left, true, false, "yes"),
            (Member, false, true, "yes"),
            (Stranger, false, false, "unknown"),
            (Left, false, false, "not a member"),
            (Stranger, true, true, "not allowed"),
        ];
        for (membership, open, archived, verdict) in cases {
            let details = SpaceDetails { open, archived, ..SpaceDetails::default() };
            let found = code(may_join_open(membership, &details));
            assert_eq!(found, verdict, "{membership:?} {open} {archived}");
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
