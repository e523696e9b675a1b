//! Forms: a tree for each type, which encoder and decoder walk.

use crate::object::Owned;
use crate::record::Record;

/// A form.
// The tag has a place of its own: it is looked at for every value.
#[repr(u8)]
pub enum Node {
    Unit,
    Bool,
    U8,
    U16,
    U32,
    U64,
    U128,
    I8,
    I16,
    I32,
    I64,
    I128,
    F32,
    F64,
    Char,
    String,
    Bytes,
    FixedBytes(usize),
    Option(Box<Node>),
    List(Items),
    FrozenList(Items),
    Set(Items),
    FrozenSet(Items),
    Map(Items, Box<Node>),
    Tuple(Box<[Node]>),
    Array(Items, usize),
    Enum(Box<[Owned]>),
    /// An enum whose unknown variants are their numbers.
    Open(Box<[Owned]>),
    Record(Record),
    Union(Box<[Record]>),
    Nested(Box<Node>, u64),
    Named(usize),
}

/// The form of items, or of keys.
pub struct Items {
    /// The form.
    pub node: Box<Node>,
    /// How many bytes one takes at least, a map's with its value. None at all is bounded by a limit.
    pub smallest: usize,
    /// The nominal size of one, a map's with its value.
    pub size: u64,
    /// True for keys of which a peer can choose as many as it likes with one hash value.
    pub may_collide: bool,
}

/// True for a set.
pub fn is_set(node: &Node) -> bool {
    matches!(node, Node::Set(_) | Node::FrozenSet(_))
}

/// Calls `visit` for the node and all inside it, named types apart.
pub fn each<'n>(node: &'n Node, visit: &mut dyn FnMut(&'n Node)) {
    visit(node);
    for child in children(node) {
        each(child, visit);
    }
}

/// True when the question is answered so for the node or one inside it, named types apart.
pub fn any(node: &Node, question: &dyn Fn(&Node) -> bool) -> bool {
    let mut found = false;
    each(node, &mut |node| found |= question(node));
    found
}

/// The nodes inside the node.
pub fn children(node: &Node) -> Vec<&Node> {
    match node {
        Node::Option(item) | Node::Nested(item, _) => vec![item],
        Node::List(items) | Node::FrozenList(items) | Node::Set(items) | Node::FrozenSet(items) => vec![&items.node],
        Node::Array(items, _) => vec![&items.node],
        Node::Map(keys, value) => vec![&keys.node, value],
        Node::Tuple(items) => items.iter().collect(),
        Node::Record(record) => record.fields.iter().map(|field| &field.node).collect(),
        Node::Union(records) => records
            .iter()
            .flat_map(|record| &record.fields)
            .map(|field| &field.node)
            .collect(),
        _ => Vec::new(),
    }
}

/// The nodes inside the node, to change.
pub fn children_mut(node: &mut Node) -> Vec<&mut Node> {
    match node {
        Node::Option(item) | Node::Nested(item, _) => vec![item],
        Node::List(items) | Node::FrozenList(items) | Node::Set(items) | Node::FrozenSet(items) => {
            vec![&mut items.node]
        }
        Node::Array(items, _) => vec![&mut items.node],
        Node::Map(keys, value) => vec![&mut keys.node, value],
        Node::Tuple(items) => items.iter_mut().collect(),
        Node::Record(record) => record.fields.iter_mut().map(|field| &mut field.node).collect(),
        Node::Union(records) => {
            let fields = records.iter_mut().flat_map(|record| &mut record.fields);
            fields.map(|field| &mut field.node).collect()
        }
        _ => Vec::new(),
    }
}
