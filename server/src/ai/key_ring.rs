//! The providers' keys that the environment brings. They win over keys that an administrator entered.

use std::{collections::BTreeMap, ffi::OsString};

use crate::domain::endpoint::{Key, ProviderName};

#[derive(Clone, Default)]
pub struct KeyRing(BTreeMap<String, Key>);

impl KeyRing {
    /// Reads every variable whose name a provider could have. A value that is not a key is skipped, and
    /// its variable is logged.
    pub fn from_variables(variables: impl Iterator<Item = (OsString, OsString)>) -> Self {
        let key = |(name, value): (OsString, OsString)| {
            let name = name.into_string().ok().filter(|name| name.starts_with("RHIZOME_KEY_"))?;
            let key = value.into_string().ok().and_then(|value| Key::parse(&value).ok().flatten());
            if key.is_none() {
                tracing::warn!(variable = name, "the variable does not hold a key");
            }
            Some((name, key?))
        };
        Self(variables.filter_map(key).collect())
    }

    pub fn of(&self, provider: &ProviderName) -> Option<&Key> {
        self.0.get(&provider.key_variable())
    }
}
