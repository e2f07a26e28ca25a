//! The states of alerts as they are stored: versioned text, apart from the live types.

use serde::{Deserialize, Serialize};

use super::alert::{AlertState, Firing, Run, TierState};
use super::fleet::FleetState;
use super::rule::Rule;
use crate::unit::{Decimal, Minute, Severity};

/// The version that is written.
const VERSION: u32 = 1;

/// The state of an alert, as JSON keeps it: minutes since 1970, values in billionths.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredAlert {
    version: u32,
    tiers: Vec<StoredTier>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    firing: Option<StoredFiring>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredFiring {
    severity: String,
    since: i64,
    fired: i64,
    peak: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
enum StoredTier {
    Inactive {
        run: Option<StoredRun>,
    },
    Pending {
        run: StoredRun,
    },
    Firing {
        since: i64,
        fired: i64,
        peak: Option<i64>,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredRun {
    since: i64,
    lapse: u32,
    peak: Option<i64>,
}

/// Why a stored state cannot be taken up.
#[derive(Debug, thiserror::Error)]
pub enum StoredError {
    /// Not the JSON that was written.
    #[error("the stored state of an alert is not readable")]
    Json(#[source] serde_json::Error),
    /// Written by another version.
    #[error("the stored state of an alert has version {0}, not {VERSION}")]
    Version(u32),
    /// Of a rule that had other severities.
    #[error("the stored state of an alert does not fit its rule's severities")]
    Severities,
    /// A minute or a value that cannot be.
    #[error("the stored state of an alert holds {0}, which is beyond its range")]
    Range(i64),
}

impl StoredAlert {
    /// Reads the JSON text.
    ///
    /// # Errors
    ///
    /// [`StoredError::Json`], and [`StoredError::Version`] for a version that is not this one.
    pub fn parse(text: &str) -> Result<Self, StoredError> {
        let stored: Self = serde_json::from_str(text).map_err(StoredError::Json)?;
        if stored.version == VERSION {
            Ok(stored)
        } else {
            Err(StoredError::Version(stored.version))
        }
    }

    /// Returns the JSON text.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Returns what the alert shows, if it fires.
    ///
    /// # Errors
    ///
    /// [`StoredError::Severities`] and [`StoredError::Range`] for what cannot be.
    pub fn firing(&self) -> Result<Option<Firing>, StoredError> {
        self.firing.as_ref().map(Firing::try_from).transpose()
    }

    /// Returns the live state of an alert of this rule.
    ///
    /// # Errors
    ///
    /// [`StoredError::Severities`] if the rule has other severities, [`StoredError::Range`] for
    /// minutes and values beyond their range.
    pub fn into_state(self, rule: &Rule) -> Result<AlertState, StoredError> {
        let tiers = &rule.compiled.tiers;
        if self.tiers.len() != tiers.len() {
            return Err(StoredError::Severities);
        }
        let states = self.tiers.iter().map(TierState::try_from);
        let firing = self.firing()?;
        if let Some(firing) = firing
            && tiers.iter().all(|tier| tier.severity != firing.severity)
        {
            return Err(StoredError::Severities);
        }
        Ok(AlertState {
            tiers: states.collect::<Result<_, _>>()?,
            firing,
        })
    }
}

/// The state of an alert over many domains, as JSON keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredFleet {
    version: u32,
    firing: Option<StoredFiring>,
}

impl StoredFleet {
    /// Reads the JSON text.
    ///
    /// # Errors
    ///
    /// [`StoredError::Json`], and [`StoredError::Version`] for a version that is not this one.
    pub fn parse(text: &str) -> Result<Self, StoredError> {
        let stored: Self = serde_json::from_str(text).map_err(StoredError::Json)?;
        if stored.version == VERSION {
            Ok(stored)
        } else {
            Err(StoredError::Version(stored.version))
        }
    }

    /// Returns the JSON text.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl From<&FleetState> for StoredFleet {
    fn from(state: &FleetState) -> Self {
        Self {
            version: VERSION,
            firing: state.firing.as_ref().map(StoredFiring::from),
        }
    }
}

impl TryFrom<StoredFleet> for FleetState {
    type Error = StoredError;

    fn try_from(stored: StoredFleet) -> Result<Self, StoredError> {
        let firing = stored.firing.as_ref().map(Firing::try_from).transpose()?;
        Ok(Self { firing })
    }
}

impl From<&AlertState> for StoredAlert {
    fn from(state: &AlertState) -> Self {
        Self {
            version: VERSION,
            tiers: state.tiers.iter().map(StoredTier::from).collect(),
            firing: state.firing.as_ref().map(StoredFiring::from),
        }
    }
}

impl From<&Firing> for StoredFiring {
    fn from(firing: &Firing) -> Self {
        Self {
            severity: firing.severity.as_str().to_owned(),
            since: firing.since.epoch(),
            fired: firing.fired.epoch(),
            peak: firing.peak.map(Decimal::units),
        }
    }
}

impl TryFrom<&StoredFiring> for Firing {
    type Error = StoredError;

    fn try_from(stored: &StoredFiring) -> Result<Self, StoredError> {
        let severity: Result<Severity, ()> = stored.severity.parse();
        Ok(Self {
            severity: severity.map_err(|()| StoredError::Severities)?,
            since: minute(stored.since)?,
            fired: minute(stored.fired)?,
            peak: decimal(stored.peak)?,
        })
    }
}

impl From<&TierState> for StoredTier {
    fn from(state: &TierState) -> Self {
        match state {
            TierState::Inactive(run) => Self::Inactive {
                run: run.as_ref().map(StoredRun::from),
            },
            TierState::Pending(run) => Self::Pending { run: run.into() },
            TierState::Firing { since, fired, peak } => Self::Firing {
                since: since.epoch(),
                fired: fired.epoch(),
                peak: peak.map(Decimal::units),
            },
        }
    }
}

impl TryFrom<&StoredTier> for TierState {
    type Error = StoredError;

    fn try_from(stored: &StoredTier) -> Result<Self, StoredError> {
        Ok(match stored {
            StoredTier::Inactive { run } => {
                Self::Inactive(run.as_ref().map(Run::try_from).transpose()?)
            }
            StoredTier::Pending { run } => Self::Pending(run.try_into()?),
            StoredTier::Firing { since, fired, peak } => Self::Firing {
                since: minute(*since)?,
                fired: minute(*fired)?,
                peak: decimal(*peak)?,
            },
        })
    }
}

impl From<&Run> for StoredRun {
    fn from(run: &Run) -> Self {
        Self {
            since: run.since.epoch(),
            lapse: run.lapse,
            peak: run.peak.map(Decimal::units),
        }
    }
}

impl TryFrom<&StoredRun> for Run {
    type Error = StoredError;

    fn try_from(stored: &StoredRun) -> Result<Self, StoredError> {
        Ok(Self {
            since: minute(stored.since)?,
            lapse: stored.lapse,
            peak: decimal(stored.peak)?,
        })
    }
}

fn minute(epoch: i64) -> Result<Minute, StoredError> {
    Minute::from_epoch(epoch).ok_or(StoredError::Range(epoch))
}

fn decimal(units: Option<i64>) -> Result<Option<Decimal>, StoredError> {
    let checked = |units| Decimal::from_units(units).ok_or(StoredError::Range(units));
    units.map(checked).transpose()
}
