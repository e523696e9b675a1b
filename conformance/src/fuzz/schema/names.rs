//! Names that are words of the target languages, as far as a testee can tell what becomes of them, and docs that could
//! end a comment.

#[rustfmt::skip]
pub(super) const TYPES: &[&str] = &[
    "Any", "Apple", "Array", "Basket", "Bridge", "Candle", "Client", "Cloud", "Date", "Desk", "Drum", "Enum", "Error",
    "Event", "Field", "Flute", "Func", "Garden", "Goose", "Hammer", "Harbour", "Interface", "Island", "Iterator",
    "Jacket", "Kettle", "Ladder", "Lantern", "List", "Map", "Meadow", "Mirror", "Needle", "Number", "Object", "Orchard",
    "Paper", "Pepper", "Promise", "Quarry", "Quill", "Reader", "Record", "Ribbon", "River", "Saddle", "Set", "Sparrow",
    "Symbol", "Tailor", "Teapot", "Tuple", "Tunnel", "Union", "Valley", "Violin", "Walnut", "Window", "Writer", "Zebra",
];

#[rustfmt::skip]
pub(super) const FIELDS: &[&str] = &[
    "amber", "and", "args", "birch", "class", "clear_sky", "copper", "data", "def", "default", "defer", "delete", "err",
    "export", "from", "func", "function", "go", "id", "import", "index", "items", "keys", "lambda", "len", "list",
    "map", "name", "new", "null", "ok", "old_stone", "package", "range", "result", "set", "size", "small_red_fox",
    "string", "switch", "this", "undefined", "value", "values", "var", "void", "with",
];

#[rustfmt::skip]
pub(super) const VARIANTS: &[&str] = &[
    "All", "Class", "Default", "East", "Empty", "Error", "False", "First", "Function", "Import", "Left", "New", "North",
    "Null", "Object", "Right", "Second", "South", "String", "Third", "True", "Type", "Undefined", "Value", "West",
];

pub(super) const DOCS: &[&str] = &[
    "Plain words.",
    "Ends a comment: */ and begins one: /*",
    "Three quotes: \"\"\" and three more: '''",
    "A backslash: \\ and one before a quote: \\\"",
    "Ends with a backslash \\",
    "Ends with a quote \"",
    "`code`, *stress*, [a link](https://example.com/?a=b&c=<d>), <b>bold</b>",
    "{@link Nothing} {braces} ${dollar} %s %(name)s",
    "@deprecated @param value - not one",
    "Deprecated: so it says.",
    "# A heading",
    "- an item",
    "    indented",
    "    ```text",
    "",
    "Ω ≠ é, 漢字, 😀",
    "A very long line, which goes on and on, longer than any formatter of any language would have it, until it ends, at last, here.",
];
