//! The rules, as data.

/// A rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rule {
    /// By which it is allowed.
    pub(super) name: &'static str,
    /// Why it is one.
    pub(super) why: &'static str,
    /// What to write instead.
    pub(super) instead: &'static str,
}

pub(super) const BARE_ANSWER: Rule = Rule {
    name: "bare-answer",
    why: "no second fact can be added to it, and its meaning is in its name alone",
    instead: "answer a struct that has it as a field",
};
pub(super) const BARE_COLLECTION: Rule = Rule {
    name: "bare-collection",
    why: "neither a total nor a place to continue from can be added to it",
    instead: "answer a struct that has the collection as a field, or a stream of the items",
};
pub(super) const BARE_TUPLE: Rule = Rule {
    name: "bare-tuple",
    why: "its parts have no names, and clients depend on their order and number",
    instead: "write a struct with named fields",
};
pub(super) const ENUM_KEY: Rule = Rule {
    name: "enum-key",
    why: "a client that does not know a new variant cannot read the whole map or set",
    instead: "use a text or a number as the key, a list of structs, or an open enum",
};
pub(super) const MANY_ARGUMENTS: Rule = Rule {
    name: "many-arguments",
    why: "every further one breaks the code of all callers, and old servers refuse the call",
    instead: "take one struct; the bytes of its fields are those of the arguments",
};
pub(super) const CLOSED_ENUM: Rule = Rule {
    name: "closed-enum",
    why: "a client that does not know a new variant cannot read the whole answer",
    instead: "set `open-enums = true` in [export], or allow it if the variants can never be more",
};
pub(super) const DEPRECATED_WITHOUT_NOTE: Rule = Rule {
    name: "deprecated-without-note",
    why: "users do not learn what to call in its place",
    instead: "write `#[deprecated(note = \"use …\")]`",
};
pub(super) const UNDOCUMENTED_SERVICE: Rule = undocumented("undocumented-service", "say what the service is for");
pub(super) const UNDOCUMENTED_METHOD: Rule = undocumented(
    "undocumented-method",
    "say what the method does, and which errors it answers with",
);
pub(super) const UNDOCUMENTED_TYPE: Rule = undocumented("undocumented-type", "say what a value of it is");
pub(super) const UNDOCUMENTED_FIELD: Rule =
    undocumented("undocumented-field", "say what it is, with its unit and bounds");
pub(super) const UNDOCUMENTED_VARIANT: Rule = undocumented("undocumented-variant", "say when it is the case");

/// All rules, sorted by name.
pub(super) const RULES: [Rule; 12] = [
    BARE_ANSWER,
    BARE_COLLECTION,
    BARE_TUPLE,
    CLOSED_ENUM,
    DEPRECATED_WITHOUT_NOTE,
    ENUM_KEY,
    MANY_ARGUMENTS,
    UNDOCUMENTED_FIELD,
    UNDOCUMENTED_METHOD,
    UNDOCUMENTED_SERVICE,
    UNDOCUMENTED_TYPE,
    UNDOCUMENTED_VARIANT,
];

/// The most arguments that a method has without a finding.
pub(super) const MOST_ARGUMENTS: usize = 3;

const fn undocumented(name: &'static str, instead: &'static str) -> Rule {
    Rule {
        name,
        why: "clients in every language show this text, and there is none",
        instead,
    }
}
