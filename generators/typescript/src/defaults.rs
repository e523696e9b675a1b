//! Defaults of fields as expressions, for the functions that make values.

use rapace_gen_core::text::doc::{Layout, group};
use rapace_gen_core::text::width;
use rapace_schema::Field;

use crate::layout::BIOME;
use crate::names::Names;
use crate::types::Types;
use crate::values::Values;

/// The columns of the longest expression. A field whose default is longer must be given.
const LONGEST: usize = 60;

/// Everything is on one line.
const ONE_LINE: Layout = Layout {
    width: usize::MAX,
    ..BIOME
};

/// Writes defaults.
pub(crate) struct Defaults<'a> {
    pub(crate) types: &'a Types<'a>,
    pub(crate) names: &'a Names,
}

impl Defaults<'_> {
    /// The default of a field, where it can be written down without the functions for JSON.
    pub(crate) fn of(&self, field: &Field) -> Option<String> {
        let values = Values {
            types: self.types,
            names: self.names,
        };
        let expression = values.expression(&field.ty, field.default_value.as_ref()?)?;
        let mut reads_json = false;
        expression.for_each_symbol(|name| reads_json |= self.names.reads_json(name));
        let text = ONE_LINE.print(&group([expression]), 0);
        (!reads_json && width(&text) <= LONGEST).then_some(text)
    }
}
