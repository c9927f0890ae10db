//! `render INPUT.json OUTDIR [--against DIR]`: a pipeline's repository and templates, without AWS.

mod against;
mod output;

use std::{env, fs, path::Path, process::ExitCode};

use domain::{Error, Pointer, Problems, blueprint::Blueprint};

const USAGE: &str = "\
Usage: render INPUT.json OUTDIR [--against DIR]

Writes what the platform would commit and deploy for a pipeline, without AWS:
  OUTDIR/repository/                       the files of its repository
  OUTDIR/stacks/NAME.template.json         the template of its CICD stack, and of a support stack per further region

With --against, it also prints how that differs from DIR, the OUTDIR of an earlier run: files as unified diffs, stacks resource by
resource, permissions in words. Nothing if nothing differs.

INPUT.json:
  {\"prefix\": \"dataall\", \"id\": \"k3j9x0ab\", \"name\": \"sales\", \"description\": \"Sales ingestion\",
   \"tags\": {\"cost-center\": \"42\"}, \"team\": \"research\", \"strategy\": \"cdk-trunk\",
   \"cicd\": {\"accountId\": \"111111111111\", \"region\": \"eu-west-1\"},
   \"stages\": [{\"name\": \"dev\", \"accountId\": \"222222222222\", \"region\": \"eu-west-1\", \"team\": \"research\",
               \"manualApproval\": false}]}
strategy is cdk-trunk, trunk or gitflow. prefix, description, tags and manualApproval may be left out; cicd and stages may
have a bootstrapQualifier and a permissionsBoundary.

Exit code: 0; 2 for bad input, with every problem and its place on stderr; 1 for any other failure.
";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let result = match &arguments[..] {
        [flag] if flag == "--help" || flag == "-h" => {
            print!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        [input, out] => render(Path::new(input), Path::new(out), None),
        [input, out, flag, earlier] if flag == "--against" => {
            render(Path::new(input), Path::new(out), Some(Path::new(earlier)))
        }
        _ => {
            eprint!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(Error::Invalid(problems)) => {
            eprintln!("{problems}");
            ExitCode::from(2)
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn render(input: &Path, out: &Path, earlier: Option<&Path>) -> Result<(), Error> {
    let blueprint = read(input)?;
    let repository = rendering::repository(&blueprint)?;
    let stacks = cicd_template::stacks(&blueprint)?;
    let failed = |error: std::io::Error| Error::Internal(error.to_string());
    // Before anything is written: it may be the same folder.
    let report = earlier.map(|earlier| against::report(earlier, &repository, &stacks).map_err(failed));
    let report = report.transpose()?;
    output::write(out, &repository, &stacks).map_err(failed)?;
    print!("{}", report.unwrap_or_default());
    Ok(())
}

fn read(input: &Path) -> Result<Blueprint, Error> {
    let whole = |detail: String| Error::Invalid(Problems::one(&Pointer::root(), detail));
    let text = fs::read(input).map_err(|error| whole(format!("cannot read {}: {error}", input.display())))?;
    let value = serde_json::from_slice(&text).map_err(|error| whole(format!("is not JSON: {error}")))?;
    Ok(domain::input::parse(&value)?)
}
