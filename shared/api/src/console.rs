//! Links into AWS's console.

/// An execution of a state machine in Step Functions' console; none if `arn` is no execution's.
pub(crate) fn execution(arn: &str) -> Option<String> {
    let mut parts = arn.split(':');
    let mut next = || parts.next().unwrap_or_default();
    let [arn_word, _partition, service, region, _account, resource] = [(); 6].map(|()| next());
    let is_execution = (arn_word, service, resource) == ("arn", "states", "execution") && !region.is_empty();
    is_execution.then(|| {
        format!(
            "https://{region}.console.aws.amazon.com/states/home?region={region}#/v2/executions/details/{arn}"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_execution_is_shown_where_it_runs() {
        let arn = "arn:aws:states:eu-west-1:000000000000:execution:dataall-platform-deploy-pipeline:sales-r1";
        let url = execution(arn).unwrap_or_default();
        assert_eq!(
            url,
            format!(
                "https://eu-west-1.console.aws.amazon.com/states/home?region=eu-west-1#/v2/executions/details/{arn}"
            )
        );
    }

    #[test]
    fn what_is_no_execution_has_no_link() {
        for arn in [
            "",
            "arn:aws:states:eu-west-1:000000000000:stateMachine:x",
            "arn:aws:s3:eu-west-1:000000000000:execution:x:y",
            "arn:aws:states::000000000000:execution:x:y",
        ] {
            assert_eq!(execution(arn), None, "{arn}");
        }
    }
}
