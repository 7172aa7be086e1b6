//! The CI run that runs comfycheck, from the variables that its system sets.

use comfycheck_core::render::CiRun;

/// Whether a GitHub Actions runner reads the output.
pub(crate) fn is_github() -> bool {
    std::env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true")
}

/// The run on GitHub, GitLab or Jenkins. None elsewhere.
pub(crate) fn here() -> Option<CiRun> {
    of(&|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
}

fn of(variable: &dyn Fn(&str) -> Option<String>) -> Option<CiRun> {
    let github = || {
        let (server, repository) = (variable("GITHUB_SERVER_URL")?, variable("GITHUB_REPOSITORY")?);
        let (run, attempt) = (variable("GITHUB_RUN_ID")?, variable("GITHUB_RUN_ATTEMPT"));
        let attempt = attempt.map(|attempt| format!("/attempts/{attempt}")).unwrap_or_default();
        CiRun::new("GitHub Actions", &format!("{server}/{repository}/actions/runs/{run}{attempt}"))
    };
    let gitlab = || CiRun::new("GitLab", &variable("CI_JOB_URL")?);
    let jenkins = || CiRun::new("Jenkins", &variable("BUILD_URL")?);
    github().or_else(gitlab).or_else(jenkins)
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn each_system_names_its_run() {
        for (variables, expected) in [
            (&[][..], None),
            (
                &[
                    ("GITHUB_SERVER_URL", "https://github.com"),
                    ("GITHUB_REPOSITORY", "a/b"),
                    ("GITHUB_RUN_ID", "7"),
                    ("GITHUB_RUN_ATTEMPT", "2"),
                ],
                Some(("GitHub Actions", "https://github.com/a/b/actions/runs/7/attempts/2")),
            ),
            (&[("CI_JOB_URL", "https://gitlab.com/a/b/-/jobs/7")], Some(("GitLab", "https://gitlab.com/a/b/-/jobs/7"))),
            (&[("BUILD_URL", "http://ci:8080/job/a/7/")], Some(("Jenkins", "http://ci:8080/job/a/7/"))),
            (&[("BUILD_URL", "local")], None),
        ] {
            let lookup =
                |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
            let run = of(&lookup);
            let actual = run.as_ref().map(|run| (run.system(), run.address()));
            assert_eq!(actual, expected.map(|(system, address)| (system, address.to_owned())));
        }
    }
}
