//! `README.md`, and programs that make a call.

use rapace_gen_core::{Call, GenerateError};
use rapace_schema::{Examples, Method, Service};

use super::Lowering;
use crate::imports::Imports;
use crate::names::{MethodNames, ServiceNames};
use crate::project::Distribution;
use crate::readme::{Program, given, readme, samples};
use crate::types::{Classes, Place};
use crate::values::Printer;

/// The server of samples.
const ADDRESS: &str = "tcp://127.0.0.1:9000";

impl Lowering<'_> {
    /// `README.md`.
    pub fn readme(&self, package: &Distribution<'_>) -> String {
        self.printing(package.import, &Imports::new(self.runtime, 0), |printer| {
            readme(package, self.runtime, self.services(), printer, &Examples::of(self.api))
        })
    }

    /// A program for each method of each service.
    pub fn calls(&self, import: &str) -> Vec<Vec<String>> {
        let examples = Examples::of(self.api);
        self.printing(import, &Imports::new(self.runtime, 0), |printer| {
            let one = |service: &ServiceNames, (method, names): (&Method, &MethodNames)| {
                let program = Program {
                    import,
                    modules: Vec::new(),
                    address: ADDRESS,
                    client: &service.client,
                };
                program.text(method, names, samples(method, names, printer, &examples))
            };
            let of_service = |(service, names): (&Service, &ServiceNames)| {
                let methods = service.methods.iter().zip(&names.methods);
                methods.map(|method| one(names, method)).collect()
            };
            self.services().map(of_service).collect()
        })
    }

    /// A program that makes a call with these values.
    ///
    /// # Errors
    /// When a value cannot be written.
    pub fn call(&self, import: &str, call: &Call<'_>) -> Result<String, GenerateError> {
        let (method, service) = (call.of(self.api), &self.names.services[call.service]);
        let names = &service.methods[call.method];
        let imports = Imports::new(self.runtime, 0);
        let arguments = self.printing(import, &imports, |printer| {
            given(method, names, printer, call.arguments)
        })?;
        // The types of the user's are the only names that are not written with the package.
        let modules = imports.into_blocks().concat();
        let program = Program {
            import,
            modules,
            address: call.address,
            client: &service.client,
        };
        Ok(program.text(method, names, arguments))
    }

    /// Prints values where the package is imported under its name.
    fn printing<R>(&self, import: &str, imports: &Imports<'_>, print: impl FnOnce(&Printer<'_>) -> R) -> R {
        print(&Printer {
            types: self.types,
            names: self.names,
            place: &Place::new(imports, Classes::Packaged(import)),
        })
    }
}
