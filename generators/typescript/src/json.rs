//! The module with the JSON forms of types: a table for each type, which the runtime reads, and two functions.

use rapace_gen_core::in_parallel;
use rapace_gen_core::plan::is_spelled;
use rapace_gen_core::text::doc::{Doc, concat, join};
use rapace_schema::{Api, Fields, Style, TypeDef, TypeKind, TypeRef, Variant};

use crate::comments::{literal, own_comment};
use crate::form::Form;
use crate::imports::{Module, Printer, RuntimePaths};
use crate::names::{Names, properties};
use crate::types::Types;
use crate::view;

/// How many types are lowered together. Each takes microseconds.
const TOGETHER: usize = 64;

/// The module, ready to be printed.
pub(crate) fn lower_json(api: &Api, types: &Types<'_>, names: &Names, runtime: &RuntimePaths) -> view::JsonModule {
    let forms = Forms { types, names };
    let parts: Vec<&[TypeDef]> = api.types.chunks(TOGETHER).collect();
    let lowered = in_parallel(&parts, |part| {
        let mut printer = Printer::default();
        let declarations = part.iter().flat_map(|def| forms.type_def(def, &mut printer));
        (declarations.collect::<Vec<_>>(), printer)
    });
    let mut printer = Printer::default();
    let mut declarations = Vec::with_capacity(3 * api.types.len() + 1);
    for (part, symbols) in lowered {
        declarations.extend(part);
        printer.add(symbols);
    }
    declarations.push(printer.print(&forms.methods(api), 0));
    view::JsonModule {
        imports: printer.imports(Module::Json, names, runtime),
        declarations,
    }
}

/// Writes forms.
struct Forms<'a> {
    types: &'a Types<'a>,
    names: &'a Names,
}

impl Forms<'_> {
    /// The form of a type and its two functions.
    fn type_def(&self, def: &TypeDef, printer: &mut Printer) -> [String; 3] {
        let names = self.names;
        let own = names.of(&def.name);
        let written = || self.types.write(&TypeRef::Named(def.name.clone()), names);
        let json = || names.runtime_symbol("json");
        let of = || concat(["<".into(), written(), ">".into()]);
        let head = concat([
            format!("export const {}: ", own.form).into(),
            json(),
            ".Form".into(),
            of(),
        ]);
        let form = concat([head, " = /* @__PURE__ */ ".into(), self.definition(def), ";".into()]);
        let to = concat([
            format!("export function {}(value: ", own.to_json).into(),
            written(),
            "): ".into(),
            json(),
            ".JsonValue {\n\treturn ".into(),
            json(),
            format!(".toJson({}, value);\n}}", own.form).into(),
        ]);
        let from = concat([
            format!("export function {}(data: unknown): ", own.from_json).into(),
            written(),
            " {\n\treturn ".into(),
            json(),
            format!(".fromJson({}, data);\n}}", own.form).into(),
        ]);
        let note = def.deprecated.as_deref();
        let link = format!("{{@link {}}}", own.name);
        [
            (format!("The JSON form of {link}, for types that contain it."), form),
            (
                format!("Returns the JSON form of a {link}. Throws a JsonError for what is none."),
                to,
            ),
            (
                format!("Returns the {link} of a JSON form. Throws a JsonError for what is none."),
                from,
            ),
        ]
        .map(|(doc, text)| own_comment(&doc, note, 0) + &printer.print(&text, 0))
    }

    /// `json.name(arguments)`
    fn call(&self, name: &str, arguments: Vec<Doc>) -> Doc {
        let arguments = join(arguments, &", ".into());
        concat([self.leaf(name), "(".into(), arguments, ")".into()])
    }

    /// `json.name`
    fn leaf(&self, name: &str) -> Doc {
        concat([self.names.runtime_symbol("json"), format!(".{name}").into()])
    }

    /// The form of a named type, from what it is.
    fn definition(&self, def: &TypeDef) -> Doc {
        let wire = self.definition_on_wire(def);
        let Some(foreign) = &self.names.of(&def.name).foreign else {
            return wire;
        };
        let function = |name: &String| Doc::Symbol(name.clone());
        self.call("foreign", vec![wire, function(&foreign.from), function(&foreign.to)])
    }

    /// The form of what is on the wire.
    fn definition_on_wire(&self, def: &TypeDef) -> Doc {
        match self.types.form(&def.name) {
            Form::Brand(inner) => self.call("same", vec![lazy(self.form(inner))]),
            Form::Date(wire, unit) => {
                let number = match wire {
                    TypeRef::U64 | TypeRef::Usize | TypeRef::U128 => self.leaf("u64Number"),
                    TypeRef::I64 | TypeRef::Isize | TypeRef::I128 => self.leaf("i64Number"),
                    narrow => self.form(narrow),
                };
                self.call("date", vec![number, unit.to_string().into()])
            }
            Form::Text(text) => self.call("same", vec![lazy(self.leaf(text.form()))]),
            Form::Empty => self.call("same", vec![lazy(self.empty(def))]),
            Form::Alias(inner) => self.call("same", vec![lazy(self.form(inner))]),
            Form::Boxed(inner) => self.call("boxed", vec![lazy(self.form(inner))]),
            Form::Tuple(fields) => self.call(
                "same",
                vec![lazy(self.tuple(fields.fields.iter().map(|field| &field.ty)))],
            ),
            Form::Record(fields) => self.call("record", vec![lazy(self.members(fields, &[], "\t"))]),
            Form::Plain(variants) => {
                let names = variants.iter().map(|variant| Doc::from(literal(&variant.name)));
                let names = join(names.collect(), &", ".into());
                let form = if def.open { "openOneOf" } else { "oneOf" };
                self.call(form, vec![concat(["[".into(), names, "]".into()])])
            }
            Form::Union(variants) => {
                let lines = variants.iter().map(|variant| self.variant(variant));
                let name = literal(&self.names.of(&def.name).name).into();
                self.call("union", vec![name, lazy(lines_of(lines.collect(), ""))])
            }
        }
    }

    fn empty(&self, def: &TypeDef) -> Doc {
        match &def.kind {
            TypeKind::Struct(fields) if fields.style == Style::Struct => self.leaf("nothing"),
            _ => self.leaf("unit"),
        }
    }

    fn variant(&self, variant: &Variant) -> Doc {
        let fields = &variant.fields;
        let content = match (fields.style, fields.fields.as_slice()) {
            (Style::Unit, _) | (Style::Tuple, []) => "null".into(),
            (Style::Tuple, [field]) => self.form(&field.ty),
            (Style::Tuple, many) => self.tuple(many.iter().map(|field| &field.ty)),
            (Style::Struct, _) => self.members(fields, &[crate::names::KIND], "\t\t"),
        };
        concat([
            "[".into(),
            literal(&variant.name).into(),
            ", ".into(),
            content,
            "]".into(),
        ])
    }

    fn members(&self, fields: &Fields, taken: &[&str], tabs: &str) -> Doc {
        let members = fields.fields.iter().zip(properties(fields, taken));
        let members = members.map(|(field, property)| {
            let names = format!("[{}, {}, ", literal(&property), literal(&field.name));
            concat([names.into(), self.form(&field.ty), "]".into()])
        });
        lines_of(members.collect(), &tabs[1..])
    }

    fn tuple<'t>(&self, items: impl Iterator<Item = &'t TypeRef>) -> Doc {
        self.call("tuple", items.map(|item| self.form(item)).collect())
    }

    /// The form of a type where it is used.
    fn form(&self, ty: &TypeRef) -> Doc {
        if let Some(wide) = self.types.wide_integer(ty) {
            // `encodeU64Number` writes what `u64Number` is the form of.
            let mut name = wide.encode.trim_start_matches("encode").to_owned();
            name[..1].make_ascii_lowercase();
            return self.leaf(&name);
        }
        match ty {
            TypeRef::Unit => self.leaf("unit"),
            TypeRef::Bool => self.leaf("bool"),
            TypeRef::U8 => self.leaf("u8"),
            TypeRef::U16 => self.leaf("u16"),
            TypeRef::U32 => self.leaf("u32"),
            TypeRef::I8 => self.leaf("i8"),
            TypeRef::I16 => self.leaf("i16"),
            TypeRef::I32 => self.leaf("i32"),
            TypeRef::F32 => self.leaf("f32"),
            TypeRef::F64 => self.leaf("f64"),
            TypeRef::Char => self.leaf("char"),
            TypeRef::String => self.leaf("text"),
            TypeRef::Bytes => self.leaf("bytes"),
            // A `Uint8Array` in the languages, and a list of numbers in JSON.
            TypeRef::List(_) if self.types.is_bytes(ty) => self.call("byteArray", Vec::new()),
            TypeRef::Array { item, len } if **item == TypeRef::U8 => {
                self.call("byteArray", vec![len.to_string().into()])
            }
            TypeRef::Array { item, len } if is_spelled(item, *len) => {
                let length = usize::try_from(*len).unwrap_or(usize::MAX);
                self.call("tuple", vec![self.form(item); length])
            }
            TypeRef::Array { item, len } => self.call(
                "items",
                vec![self.form(item), "undefined".into(), len.to_string().into()],
            ),
            TypeRef::Option(item) => {
                let wrapped = self.types.admits_undefined(item).to_string();
                self.call("option", vec![self.form(item), wrapped.into()])
            }
            TypeRef::List(item) => match self.types.typed_array(item) {
                Some(typed) => {
                    let class = self.call("typed", vec![typed.class.into()]);
                    self.call("items", vec![self.form(item), class])
                }
                None => self.call("items", vec![self.form(item)]),
            },
            TypeRef::Set(item) if self.types.is_key(item) => {
                self.call("items", vec![self.form(item), self.leaf("setOf")])
            }
            TypeRef::Set(item) => self.call("distinct", vec![self.call("items", vec![self.form(item)])]),
            TypeRef::Map { key, value } => {
                let entry = self.call("tuple", vec![self.form(key), self.form(value)]);
                let make = match self.types.is_key(key) {
                    true => vec![entry, self.leaf("mapOf")],
                    false => vec![entry],
                };
                self.call("items", make)
            }
            TypeRef::Tuple(items) => self.tuple(items.iter()),
            TypeRef::Named(name) => self.names.of(name).form.clone().into(),
            TypeRef::U64 | TypeRef::Usize | TypeRef::U128 | TypeRef::I64 | TypeRef::Isize | TypeRef::I128 => {
                unreachable!("are wide integers")
            }
        }
    }

    /// The forms of all methods, by their names on the wire.
    fn methods(&self, api: &Api) -> Doc {
        let methods = api.services.iter().flat_map(|service| &service.methods);
        let lines = methods.map(|method| {
            let arguments = method.arguments.iter().map(|argument| self.form(&argument.ty));
            let arguments = join(arguments.collect(), &", ".into());
            let arguments = concat(["() => [".into(), arguments, "]".into()]);
            let form = self.call("method", vec![arguments, lazy(self.form(&method.response))]);
            concat([
                format!("\n\t{}: /* @__PURE__ */ ", literal(&method.wire_name)).into(),
                form,
                ",".into(),
            ])
        });
        let doc = "/** The JSON forms of arguments and answers, by the names of methods on the wire: for logs and gateways. */\n";
        let name = &self.names.method_forms;
        concat([
            format!("{doc}export const {name}: {{ readonly [method: string]: ").into(),
            self.leaf("MethodForm"),
            " } = {".into(),
            concat(lines),
            "\n};".into(),
        ])
    }
}

/// `() => value`
fn lazy(value: Doc) -> Doc {
    concat(["() => ".into(), value])
}

/// An array with an item on each line, which is at these tabs and one more.
fn lines_of(items: Vec<Doc>, tabs: &str) -> Doc {
    let items = items
        .into_iter()
        .map(|item| concat([format!("\n{tabs}\t").into(), item, ",".into()]));
    concat(["[".into(), concat(items), format!("\n{tabs}]").into()])
}
