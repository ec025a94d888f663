//! A map as a sorted list. The only kind of map here: each kind is several KB of what a browser
//! downloads. Keys mostly come in their order, and then putting one in costs a push.

#[derive(Debug, Clone)]
pub struct SortedMap<K, V>(Vec<(K, V)>);

impl<K, V> Default for SortedMap<K, V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K: Ord, V> SortedMap<K, V> {
    pub fn get(&self, key: &K) -> Option<&V> {
        self.0.get(self.find(key).ok()?).map(|(_, value)| value)
    }

    pub fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        let at = self.find(key).ok()?;
        self.0.get_mut(at).map(|(_, value)| value)
    }

    pub fn get_or_default(&mut self, key: K) -> &mut V
    where
        V: Default,
    {
        let at = self.find(&key).unwrap_or_else(|at| {
            self.0.insert(at, (key, V::default()));
            at
        });
        &mut self.0[at].1
    }

    /// Replaces the value that the key had.
    pub fn insert(&mut self, key: K, value: V) {
        match self.find(&key) {
            Ok(at) => self.0[at].1 = value,
            Err(at) => self.0.insert(at, (key, value)),
        }
    }

    pub fn remove(&mut self, key: &K) -> Option<V> {
        let at = self.find(key).ok()?;
        Some(self.0.remove(at).1)
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// In the order of the keys.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&K, &V)> {
        self.0.iter().map(|(key, value)| (key, value))
    }

    /// In the order of the keys.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &V> {
        self.0.iter().map(|(_, value)| value)
    }

    /// Those from this key on, up to another, which is not among them; `None`: up to the last.
    pub fn between(&self, from: &K, to: Option<&K>) -> &[(K, V)] {
        let end = to.map_or(self.0.len(), |to| self.0.partition_point(|(held, _)| held < to));
        let start = self.0.partition_point(|(held, _)| held < from);
        self.0.get(start..end).unwrap_or_default()
    }

    /// Removes what is not to be kept.
    pub fn retain(&mut self, mut is_kept: impl FnMut(&K) -> bool) {
        self.0.retain(|(key, _)| is_kept(key));
    }

    /// Those whose keys are before this one.
    pub fn before(&self, key: &K) -> &[(K, V)] {
        self.0.split_at(self.0.partition_point(|(held, _)| held < key)).0
    }

    /// Those whose keys are after this one.
    pub fn after(&self, key: &K) -> &[(K, V)] {
        self.0.split_at(self.0.partition_point(|(held, _)| held <= key)).1
    }

    fn find(&self, key: &K) -> Result<usize, usize> {
        self.0.binary_search_by(|(held, _)| held.cmp(key))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::SortedMap;

    proptest! {
        #[test]
        fn it_holds_what_a_tree_holds(steps in prop::collection::vec((0..20u8, any::<Option<u8>>()), 0..60)) {
            let (mut map, mut tree) = (SortedMap::default(), BTreeMap::new());
            for (key, value) in steps {
                match value {
                    Some(value) => {
                        map.insert(key, value);
                        tree.insert(key, value);
                    }
                    None => prop_assert_eq!(map.remove(&key), tree.remove(&key)),
                }
                prop_assert_eq!(map.get(&key), tree.get(&key));
                prop_assert!(map.before(&key).iter().map(|(k, v)| (k, v)).eq(tree.range(..key)));
                prop_assert!(map.after(&key).iter().map(|(k, v)| (k, v)).eq(tree.range(key + 1..)));
                let between = map.between(&key, Some(&9)).iter().map(|(k, v)| (k, v));
                prop_assert!(between.eq(tree.range(key.min(9)..9)));
                let rest = map.between(&key, None).iter().map(|(k, v)| (k, v));
                prop_assert!(rest.eq(tree.range(key..)));
            }
            map.retain(|key| key % 3 != 0);
            tree.retain(|key, _| key % 3 != 0);
            prop_assert!(map.values().eq(tree.values()));
            *map.get_or_default(7) |= 1;
            *tree.entry(7).or_default() |= 1;
            prop_assert!(map.values().eq(tree.values()));
        }
    }
}
