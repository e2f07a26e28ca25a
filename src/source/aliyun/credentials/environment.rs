//! The surroundings that credentials are looked for in, and the first way: the environment.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::AsyncReadExt;

use super::{Found, Grant, Miss, keys};
use crate::causes;
use crate::source::http::{Http, HttpError, Limits, Proxies};

/// Looks up an environment variable.
pub type Lookup = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// What is asked of the process and the machine, as values, so that tests can stand in for them.
#[derive(Clone)]
pub struct Environment {
    /// Looks up an environment variable.
    pub lookup: Lookup,
    /// The home folder, if there is one.
    pub home: Option<PathBuf>,
    /// Where the metadata service of a machine in the cloud is.
    pub metadata: String,
    /// Where the token service is.
    pub sts: String,
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Environment")
            .field("home", &self.home)
            .field("metadata", &self.metadata)
            .field("sts", &self.sts)
            .finish_non_exhaustive()
    }
}

impl Environment {
    /// Returns the surroundings of this process.
    pub fn of_process() -> Self {
        Self {
            lookup: Arc::new(|name| std::env::var(name).ok()),
            home: std::env::home_dir(),
            metadata: "http://100.100.100.200".to_owned(),
            sts: "https://sts.aliyuncs.com".to_owned(),
        }
    }

    /// Returns a variable that is set and not empty.
    pub(super) fn var(&self, name: &str) -> Option<String> {
        (self.lookup)(name).filter(|value| !value.is_empty())
    }

    /// Whether a variable says `true`, in any case.
    pub(super) fn says_true(&self, name: &str) -> bool {
        self.var(name)
            .is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    /// Returns the path of a file in the home folder.
    pub(super) fn in_home(&self, path: &str) -> Option<PathBuf> {
        self.home.as_ref().map(|home| home.join(path))
    }
}

/// What the ways to credentials are followed with: the surroundings, and the means to ask in them.
#[derive(Debug)]
pub(super) struct ProviderContext {
    pub(super) environment: Environment,
    /// For the token service.
    pub(super) sts: Http,
    /// For the metadata service, which answers at once or not at all.
    pub(super) metadata: Http,
}

/// What issues credentials writes little.
const BODY_BYTES_MAX: usize = 64 * 1024;
/// Files with credentials are small.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

impl ProviderContext {
    pub(super) fn open(environment: Environment) -> Result<Self, HttpError> {
        let limits = |seconds| Limits {
            connect: Duration::from_secs(seconds),
            total: Duration::from_secs(seconds),
            body_bytes_max: BODY_BYTES_MAX,
        };
        Ok(Self {
            environment,
            sts: Http::open(limits(10), Proxies::Environment)?,
            metadata: Http::open(limits(1), Proxies::None)?,
        })
    }
}

/// The first way: keys in the environment.
pub(super) fn find(environment: &Environment) -> Found {
    let (id, secret) = (
        "ALIBABA_CLOUD_ACCESS_KEY_ID",
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
    );
    let token = environment.var("ALIBABA_CLOUD_SECURITY_TOKEN");
    let unset = match (environment.var(id), environment.var(secret)) {
        (Some(id), Some(secret)) => {
            return keys(Some(id), Some(secret), token)
                .map(Grant::Lasting)
                .ok_or_else(|| Miss::Absent("the environment has no keys".to_owned()));
        }
        (Some(_), None) => format!("{secret} is not set"),
        (None, Some(_)) => format!("{id} is not set"),
        (None, None) => format!("{id} and {secret} are not set"),
    };
    Err(Miss::Absent(unset))
}

/// Reads a file with credentials.
///
/// # Errors
///
/// [`Miss::Absent`] if there is none, [`Miss::Failed`] if it cannot be read.
pub(super) async fn read(path: &Path) -> Result<String, Miss> {
    let shown = path.display();
    let wrong = |error: &dyn std::error::Error| {
        let what = causes::of(error);
        Miss::wrong(
            format!("{shown} cannot be read: {what}"),
            &format!("make {shown} readable for this user, or remove it"),
        )
    };
    let file = match tokio::fs::File::open(path).await {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(Miss::Absent(format!("{shown} does not exist")));
        }
        Err(error) => return Err(wrong(&error)),
    };
    let mut text = String::new();
    let size = file
        .take(FILE_BYTES_MAX + 1)
        .read_to_string(&mut text)
        .await
        .map_err(|error| wrong(&error))?;
    if u64::try_from(size).is_ok_and(|size| size > FILE_BYTES_MAX) {
        return Err(Miss::wrong(
            format!("{shown} has more than {FILE_BYTES_MAX} bytes"),
            &format!("check that {shown} is a file with credentials"),
        ));
    }
    Ok(text)
}
