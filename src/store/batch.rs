//! Many rows in one statement, and what it takes to write them.

use std::sync::Arc;

use sqlx::query::Query;
use sqlx::sqlite::SqliteArguments;
use sqlx::{AssertSqlSafe, Sqlite, SqliteConnection};

/// A statement to which values are bound.
pub(super) type Bound = Query<'static, Sqlite, SqliteArguments>;

/// How many rows go into one statement: a statement costs about as much as these rows, and 256
/// times 14 columns is far below SQLite's limit of 32 766 values.
const ROWS_MAX: usize = 256;

/// An `INSERT` of many rows. Its texts are the program's own; values are bound.
pub(super) struct Insert {
    /// `INSERT INTO t (a, b)`
    pub head: &'static str,
    /// How many columns it has.
    pub columns: usize,
    /// `ON CONFLICT …`
    pub tail: &'static str,
}

impl Insert {
    /// Writes `rows`, in order; `bind` binds the columns of one.
    pub(super) async fn run<T>(
        &self,
        db: &mut SqliteConnection,
        rows: &[T],
        bind: impl Fn(Bound, &T) -> Bound,
    ) -> Result<u64, sqlx::Error> {
        let whole: Arc<str> = if ROWS_MAX <= rows.len() {
            self.text(ROWS_MAX).into()
        } else {
            "".into()
        };
        let mut written = 0;
        for chunk in rows.chunks(ROWS_MAX) {
            let mut query: Bound = if chunk.len() == ROWS_MAX {
                sqlx::query(AssertSqlSafe(Arc::clone(&whole)))
            } else {
                // Odd lengths are many: they would push the common ones out of the cache.
                sqlx::query(AssertSqlSafe(self.text(chunk.len()))).persistent(false)
            };
            for row in chunk {
                query = bind(query, row);
            }
            written += query.execute(&mut *db).await?.rows_affected();
        }
        Ok(written)
    }

    fn text(&self, rows: usize) -> String {
        let row = format!("({})", vec!["?"; self.columns].join(", "));
        let rows = vec![row; rows].join(", ");
        format!("{} VALUES {rows} {}", self.head, self.tail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_value_of_each_row_has_its_place() {
        let insert = Insert {
            head: "INSERT INTO t (a, b)",
            columns: 2,
            tail: "ON CONFLICT DO NOTHING",
        };
        assert_eq!(
            insert.text(2),
            "INSERT INTO t (a, b) VALUES (?, ?), (?, ?) ON CONFLICT DO NOTHING"
        );
    }
}
