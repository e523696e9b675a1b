//! `rapace call`: calls a method of a running server.

mod arguments;
mod carried;
mod code;
mod convert;
mod describe;
mod each;
mod error;
mod flags;
mod one;
mod outcome;
mod repeat;
mod run;
mod template;
mod types;
mod words;

use rapace_schema::Api;

pub(crate) use self::flags::Call;
use self::one::{Calling, method_of};
use crate::description;
use crate::failure::Failure;
use crate::printer;

impl Call {
    /// Calls, prints the call as code, or describes what can be called.
    ///
    /// # Errors
    /// With status 1 when there is no such code, 2 when the arguments do not fit, 3 when there is no connection, 4 when the call
    /// failed.
    pub(crate) fn run(self) -> Result<(), Failure> {
        let api = description::nearest(self.api.as_deref()).map_err(Failure::Usage)?;
        if self.list {
            return printer::result(&describe::list(&api, self.format));
        }
        if let Some(name) = &self.describe {
            return printer::result(&describe::described(&api, name)?);
        }
        if let Some(name) = &self.template {
            let (_, method) = method_of(&api, name)?;
            return printer::result(&template::filled(&api, method));
        }
        self.called(&api)
    }

    fn called(&self, api: &Api) -> Result<(), Failure> {
        let (Some(address), Some(name)) = (&self.address, &self.method) else {
            return Err(Failure::Usage(
                "name an address and a method, as in `rapace call tcp://127.0.0.1:9000 Service.method`; \
                 `rapace call --list` names the methods"
                    .into(),
            ));
        };
        let (service, method) = method_of(api, name)?;
        let calling = Calling::new(api, service, method, self)?;
        if let Some(language) = &self.code {
            let values = calling.values(&self.arguments, None).map_err(Failure::Usage)?;
            calling.encoded(&values).map_err(Failure::Usage)?;
            run::place(address)?;
            return code::print(api, language, (address, name), &values, self.api.is_some());
        }
        if self.each.is_some() {
            return each::run(&calling, self, address);
        }
        let arguments = calling.arguments(&self.arguments, None)?;
        match self.repeat {
            Some(count) => repeat::run(&calling, self, address, &arguments, count),
            None => run::run(&calling, self, address, &arguments),
        }
    }
}
