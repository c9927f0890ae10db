//! Whether CloudFormation takes the stacks that a pipeline would have: refused here, no deployment fails for it later.

use domain::{Pointer, Problems, Result, pipeline::Pipeline, prefix::Prefix};

use crate::{blueprint::blueprint, records::EnvironmentsById};

/// The longest template, in bytes: <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html>
const MAX_TEMPLATE_BYTES: usize = 1_048_576;

/// Checks the stacks of `pipeline`, which uses these environments. Its tags stand in each of its resources.
pub(super) fn check(prefix: &Prefix, pipeline: &Pipeline, environments: &EnvironmentsById) -> Result<()> {
    let stacks = cicd_template::stacks(&blueprint(prefix, pipeline, environments)?)?;
    let longest = stacks.in_order().map(|stack| stack.template.len()).max();
    let longest = longest.unwrap_or_default();
    if longest <= MAX_TEMPLATE_BYTES {
        return Ok(());
    }
    let at = Pointer::root().child("stages");
    let detail = format!(
        "with these tags make a CICD stack whose template has {longest} bytes, and CloudFormation takes {MAX_TEMPLATE_BYTES}: have \
         fewer stages, or fewer and shorter tags"
    );
    Err(Problems::one(&at, detail).into())
}
