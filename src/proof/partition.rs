//! The atoms into which some sets of codes cut all codes.

use crate::unit::StatusSet;

/// How many atoms are worked with: sets that cut finer are only compared in pairs.
const ATOMS_MAX: usize = 64;

/// Sets of codes, and the atoms that they cut all codes into.
#[derive(Clone, Debug, Default)]
pub(super) struct Partition {
    /// Each in all or in none of the codes of any set; the last is what is in none, with what is
    /// no code at all.
    atoms: Vec<StatusSet>,
}

impl Partition {
    /// Whether these sets must be cut into atoms. Comparing them in pairs says as much where there are fewer than
    /// three, no two overlap in part, and no two are counted.
    pub(super) fn is_needed(sets: &[StatusSet], counted: usize) -> bool {
        let is_plain = |a: &StatusSet, b: &StatusSet| {
            let shared = a.intersection(*b);
            shared.is_empty() || shared == *a || shared == *b
        };
        match sets {
            [] | [_] => false,
            [a, b] => !is_plain(a, b) || 2 <= counted,
            _ => true,
        }
    }

    /// Returns the partition by these sets, or `None` where it is finer than is worked with.
    pub(super) fn new(sets: &[StatusSet]) -> Option<Self> {
        let mut atoms = vec![StatusSet::range(0, u16::MAX)];
        for set in sets {
            let mut cut = Vec::with_capacity(atoms.len() * 2);
            for atom in atoms {
                let parts = [atom.intersection(*set), atom.difference(*set)];
                cut.extend(parts.into_iter().filter(|part| !part.is_empty()));
            }
            atoms = cut;
            if ATOMS_MAX < atoms.len() {
                return None;
            }
        }
        let is_named =
            |atom: &StatusSet| sets.iter().any(|set| !set.intersection(*atom).is_empty());
        atoms.retain(is_named);
        Some(Self { atoms })
    }

    /// Returns how many atoms there are, what is in no set not counted.
    pub(super) fn len(&self) -> usize {
        self.atoms.len()
    }

    /// Returns a code of each atom.
    pub(super) fn codes(&self) -> impl Iterator<Item = Option<u16>> + '_ {
        self.atoms.iter().map(StatusSet::first)
    }

    /// Returns the atoms that a set is made of.
    pub(super) fn atoms_of(&self, set: StatusSet) -> impl Iterator<Item = usize> + '_ {
        let atoms = self.atoms.iter().enumerate();
        atoms.filter_map(move |(at, atom)| (!atom.intersection(set).is_empty()).then_some(at))
    }
}
