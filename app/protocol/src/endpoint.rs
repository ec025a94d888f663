//! Where each command goes, and what it is answered. The server declares its routes from these types,
//! and clients make their requests from them, so a path is spelled once.

use std::fmt::{Display, Write};

use serde::{Serialize, de::DeserializeOwned};
use strum::IntoStaticStr;

use super::{
    being::Being,
    colours::{Code, Colours},
    command::{
        AddBeing, ChangeBeing, CreateAccount, CreateSpace, EditIntention, FailureDetail,
        HistoryPage, Invite, SendIntention, SignIn, SpaceListing,
    },
    cursor::{Cursor, Epoch},
    event::SyncEvent,
    id::{BeingId, MessageId, SpaceId},
    inbox::{InboxEvent, PutLevelBody, PutReadBody},
    intention::Intention,
    reaction::ReactionsPosition,
    search::SearchAnswer,
    settings::{BeingSettings, Model, ProviderConfig, ProviderListing},
    space::{BeginDirect, ChangeSpace, DirectoryPage, SpaceDetails},
    version::AnswerVersion,
};

/// One request of the API: its ids, its query and its body.
pub trait Endpoint {
    /// Sent as JSON; `()` where the request has no body.
    type Body: Serialize;
    /// The JSON of a success; `()` where that is a 204 without a body.
    type Answer: DeserializeOwned;
    const METHOD: Method;
    /// The path with a hole for each id, as axum reads it: `/api/spaces/{space}/intentions`.
    const ROUTE: &'static str;

    /// The path and the query of this request, percent-encoded.
    fn path(&self) -> String;

    fn body(&self) -> Option<&Self::Body>;
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "UPPERCASE")]
pub enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

macro_rules! body_type {
    () => {
        ()
    };
    ($body:ty) => {
        $body
    };
}

macro_rules! body_of {
    ($this:ident) => {
        None
    };
    ($this:ident $body:ty) => {
        Some($this.body)
    };
}

/// One row for each request: `Method "route" Name { ids } ? { query } = Body => Answer;`
macro_rules! endpoints {
    ($(
        $(#[$doc:meta])*
        $method:ident $route:literal $name:ident $(<$a:lifetime>)? { $($id:ident: $id_type:ty),* }
        $(? { $($query:ident: $query_type:ty),* })? $(= $body:ty)? => $answer:ty;
    )*) => {
        $(
            $(#[$doc])*
            #[derive(Clone)]
            pub struct $name $(<$a>)? {
                $(pub $id: $id_type,)*
                $($(pub $query: Option<$query_type>,)*)?
                $(pub body: &'a $body,)?
            }

            impl $(<$a>)? Endpoint for $name $(<$a>)? {
                type Body = body_type!($($body)?);
                type Answer = $answer;
                const METHOD: Method = Method::$method;
                const ROUTE: &'static str = $route;

                fn path(&self) -> String {
                    let query: &[(&str, Option<&dyn Display>)] = &[$($((
                        stringify!($query),
                        self.$query.as_ref().map(|value| value as &dyn Display),
                    ),)*)?];
                    path($route, &[$(&self.$id),*], query)
                }

                fn body(&self) -> Option<&Self::Body> {
                    body_of!(self $($body)?)
                }
            }
        )*

        /// Every method and route of the API.
        pub const ROUTES: &[(Method, &str)] =
            &[
            $((Method::$method, $route),)*
            (GetStream::METHOD, GetStream::ROUTE),
            (GetSearch::METHOD, GetSearch::ROUTE),
        ];
    };
}

endpoints! {
    /// The first account needs no invite, and is the administrator's. The answer brings a session.
    Post "/api/accounts" PostAccount<'a> {} = CreateAccount => Being;

    /// Signs in. The answer brings a session.
    Post "/api/session" PostSession<'a> {} = SignIn => Being;
    /// The being that is signed in.
    Get "/api/session" GetSession {} => Being;
    Delete "/api/session" DeleteSession {} => ();

    /// The caller's spaces.
    Get "/api/spaces" GetSpaces {} => Vec<SpaceListing>;
    Post "/api/spaces" PostSpace<'a> {} = CreateSpace => Being;

    /// Changes what a space has besides its being. The answer is all of it.
    Patch "/api/spaces/{space}" PatchSpace<'a> { space: &'a SpaceId } = ChangeSpace => SpaceDetails;
    Delete "/api/spaces/{space}" DeleteSpace<'a> { space: &'a SpaceId } => ();
    /// The direct space of the caller and these persons.
    Post "/api/direct" PostDirect<'a> {} = BeginDirect => Being;
    /// Open spaces whose name, id or topic has `q` in it.
    Get "/api/directory" GetDirectory<'a> {} ? { q: &'a str, after: &'a SpaceId } => DirectoryPage;
    /// Joins an open space, which is the answer.
    Post "/api/spaces/{space}/join" JoinSpace<'a> { space: &'a SpaceId } => Being;

    Post "/api/spaces/{space}/invites" PostInvite<'a> { space: &'a SpaceId } => Invite;
    /// The answer is the space joined.
    Post "/api/invites/{token}" AcceptInvite<'a> { token: &'a str } => Being;

    /// One page of messages, oldest first: at most one of `before`, `after` and `around`, and a `limit` of
    /// at least 1.
    Get "/api/spaces/{space}/intentions" GetHistory<'a> { space: &'a SpaceId }
        ? { before: MessageId, after: MessageId, around: MessageId, limit: usize } => HistoryPage;
    /// One message, with its reactions.
    Get "/api/spaces/{space}/intentions/{message}"
        GetIntention<'a> { space: &'a SpaceId, message: MessageId } => Intention;
    Post "/api/spaces/{space}/intentions" PostIntention<'a> { space: &'a SpaceId }
        = SendIntention => Intention;
    Patch "/api/spaces/{space}/intentions/{message}"
        PatchIntention<'a> { space: &'a SpaceId, message: MessageId }
        ? { epoch: &'a Epoch } = EditIntention => Intention;
    Delete "/api/spaces/{space}/intentions/{message}"
        DeleteIntention<'a> { space: &'a SpaceId, message: MessageId }
        ? { epoch: &'a Epoch } => ();
    /// Ends an answer.
    Post "/api/spaces/{space}/intentions/{message}/stop"
        StopAnswer<'a> { space: &'a SpaceId, message: MessageId } => ();
    /// Has an answer that has ended written again.
    Post "/api/spaces/{space}/intentions/{message}/retry"
        RetryAnswer<'a> { space: &'a SpaceId, message: MessageId } => Intention;
    /// Why an answer failed, in its provider's words.
    Get "/api/spaces/{space}/intentions/{message}/failure"
        GetFailure<'a> { space: &'a SpaceId, message: MessageId } => FailureDetail;
    /// The versions of an answer that have ended, oldest first.
    Get "/api/spaces/{space}/intentions/{message}/versions"
        GetVersions<'a> { space: &'a SpaceId, message: MessageId } => Vec<AnswerVersion>;

    /// What the caller has read.
    Put "/api/spaces/{space}/read" PutRead<'a> { space: &'a SpaceId } = PutReadBody => ();
    /// Of what the caller wants to hear.
    Put "/api/spaces/{space}/level" PutLevel<'a> { space: &'a SpaceId } = PutLevelBody => ();
    /// The stream of the caller's inbox: `text/event-stream`, of one [`InboxEvent`] after the other. `being`
    /// is the one that the page acts for.
    Get "/api/inbox" GetInbox<'a> {} ? { being: &'a BeingId, since: &'a Cursor } => InboxEvent;

    /// The caller reacts to a message.
    Put "/api/spaces/{space}/intentions/{message}/reactions/{emoji}"
        PutReaction<'a> { space: &'a SpaceId, message: MessageId, emoji: &'a str }
        ? { epoch: &'a Epoch } => ReactionsPosition;
    /// It takes that back.
    Delete "/api/spaces/{space}/intentions/{message}/reactions/{emoji}"
        DeleteReaction<'a> { space: &'a SpaceId, message: MessageId, emoji: &'a str }
        ? { epoch: &'a Epoch } => ReactionsPosition;

    /// How code is coloured.
    Post "/api/spaces/{space}/colours" PostColours<'a> { space: &'a SpaceId } = Code => Colours;

    /// Creates an AI being.
    Post "/api/spaces/{space}/beings" PostBeing<'a> { space: &'a SpaceId } = AddBeing => Being;
    /// Removes a member, or leaves.
    Delete "/api/spaces/{space}/beings/{being}"
        DeleteMember<'a> { space: &'a SpaceId, being: &'a BeingId } => ();
    Patch "/api/beings/{being}" PatchBeing<'a> { being: &'a BeingId } = ChangeBeing => Being;
    /// How an AI being answers.
    Get "/api/beings/{being}/settings" GetSettings<'a> { being: &'a BeingId } => BeingSettings;

    Get "/api/providers" GetProviders {} => Vec<ProviderListing>;
    Put "/api/providers/{name}" PutProvider<'a> { name: &'a str }
        = ProviderConfig => ProviderListing;
    Delete "/api/providers/{name}" DeleteProvider<'a> { name: &'a str } => ();
    /// As the provider lists them.
    Get "/api/providers/{name}/models" GetModels<'a> { name: &'a str } => Vec<Model>;
}

/// The stream of a space: `text/event-stream`, of one [`SyncEvent`] after the other.
#[derive(Clone)]
pub struct GetStream<'a> {
    pub space: &'a SpaceId,
    /// The being that the page acts for: a browser's event stream sends no header of ours.
    pub being: Option<&'a BeingId>,
    pub since: Option<&'a Cursor>,
}

impl Endpoint for GetStream<'_> {
    type Body = ();
    type Answer = SyncEvent;
    const METHOD: Method = Method::Get;
    const ROUTE: &'static str = "/api/stream";

    fn path(&self) -> String {
        let query: [(&str, Option<&dyn Display>); 3] = [
            ("spaceId", Some(self.space)),
            ("being", self.being.as_ref().map(|being| being as _)),
            ("since", self.since.as_ref().map(|since| since as _)),
        ];
        path(Self::ROUTE, &[], &query)
    }

    fn body(&self) -> Option<&()> {
        None
    }
}

/// Searches the caller's spaces.
#[derive(Clone, Default)]
pub struct GetSearch<'a> {
    pub q: &'a str,
    pub space: Option<&'a SpaceId>,
    pub by: Option<&'a BeingId>,
    /// The `next` of the page before.
    pub before: Option<&'a str>,
    pub limit: Option<usize>,
}

impl Endpoint for GetSearch<'_> {
    type Body = ();
    type Answer = SearchAnswer;
    const METHOD: Method = Method::Get;
    const ROUTE: &'static str = "/api/search";

    fn path(&self) -> String {
        let query: [(&str, Option<&dyn Display>); 5] = [
            ("q", Some(&self.q)),
            ("spaceId", self.space.as_ref().map(|space| space as _)),
            ("by", self.by.as_ref().map(|by| by as _)),
            ("before", self.before.as_ref().map(|before| before as _)),
            ("limit", self.limit.as_ref().map(|limit| limit as _)),
        ];
        path(Self::ROUTE, &[], &query)
    }

    fn body(&self) -> Option<&()> {
        None
    }
}

/// The route with its holes filled in, in their order. Generic over nothing: a browser downloads it
/// once.
fn path(route: &str, ids: &[&dyn Display], query: &[(&str, Option<&dyn Display>)]) -> String {
    let mut path = String::new();
    let mut ids = ids.iter();
    for segment in route.split('/').skip(1) {
        path.push('/');
        if segment.starts_with('{') {
            ids.next().into_iter().for_each(|id| push_encoded(&mut path, id));
        } else {
            path += segment;
        }
    }
    let mut separator = '?';
    for (name, value) in query {
        if let Some(value) = value {
            path.push(separator);
            path += name;
            path.push('=');
            push_encoded(&mut path, value);
            separator = '&';
        }
    }
    path
}

/// RFC 3986, section 2.3, and the `@` of ids, which stands for itself in a path and in a query.
fn push_encoded(path: &mut String, value: &dyn Display) {
    for byte in value.to_string().bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~@".contains(&byte) {
            path.push(char::from(byte));
        } else {
            let _ = write!(path, "%{byte:02X}");
        }
    }
}
