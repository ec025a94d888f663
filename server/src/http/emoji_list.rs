//! `/emoji.js`: all emojis by group, with Unicode's short names, for those who look for one to react with.

use std::sync::LazyLock;

use emojis::{Group, UnicodeVersion};

/// Devices lack the pictures of newer ones.
const NEWEST: UnicodeVersion = UnicodeVersion::new(15, 0);

/// A module whose default export is a list of groups: `[["Food", [["🍏", "green apple"], …]], …]`.
pub static SCRIPT: LazyLock<String> = LazyLock::new(|| {
    let group = |group: Group| {
        let known = group.emojis().filter(|emoji| emoji.unicode_version() <= NEWEST);
        let emojis: Vec<_> = known.map(|emoji| (emoji.as_str(), emoji.name())).collect();
        (name(group), emojis)
    };
    let groups: Vec<_> = Group::iter().map(group).collect();
    let json = serde_json::to_string(&groups).expect("strings are JSON");
    format!("export default {json};\n")
});

fn name(group: Group) -> &'static str {
    match group {
        Group::SmileysAndEmotion => "Smileys",
        Group::PeopleAndBody => "People",
        Group::AnimalsAndNature => "Nature",
        Group::FoodAndDrink => "Food",
        Group::TravelAndPlaces => "Travel",
        Group::Activities => "Activities",
        Group::Objects => "Objects",
        Group::Symbols => "Symbols",
        Group::Flags => "Flags",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::emoji::Emoji;

    #[test]
    fn every_emoji_of_the_list_is_one_that_a_reaction_may_have() {
        let json = SCRIPT.strip_prefix("export default ").expect("a module");
        let json = json.strip_suffix(";\n").expect("its end");
        let groups: Vec<(&str, Vec<(&str, &str)>)> = serde_json::from_str(json).expect("JSON");
        assert_eq!(groups.len(), 9);
        let all: Vec<_> = groups.into_iter().flat_map(|(_, emojis)| emojis).collect();
        assert!(all.len() > 1_500, "{}", all.len());
        for (emoji, name) in &all {
            let parsed = Emoji::parse(emoji).map(Emoji::as_str);
            assert_eq!(parsed, Ok(*emoji), "{name}");
        }
        assert!(all.contains(&("👍", "thumbs up")));
    }
}
