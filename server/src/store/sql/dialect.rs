//! What SQL leaves open, and each database spells in its own way.

/// The spelling of one database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    Sqlite,
    Postgres,
}

impl Dialect {
    /// Begins a transaction that writes.
    pub fn begin(self) -> &'static str {
        match self {
            Self::Sqlite => "BEGIN IMMEDIATE",
            Self::Postgres => "BEGIN",
        }
    }

    /// The least of its arguments.
    pub fn least(self) -> &'static str {
        match self {
            Self::Sqlite => "min",
            Self::Postgres => "least",
        }
    }

    /// The greatest of its arguments.
    pub fn greatest(self) -> &'static str {
        match self {
            Self::Sqlite => "max",
            Self::Postgres => "greatest",
        }
    }

    /// A table with one column `value`, an element of the JSON array that this parameter is.
    pub fn elements_of(self, param: &str, name: &str) -> String {
        match self {
            Self::Sqlite => format!("json_each({param}) AS {name}"),
            Self::Postgres => format!("jsonb_array_elements({param}::jsonb) AS {name}(value)"),
        }
    }

    /// All rows, each as a JSON array, in one JSON array as text.
    pub fn array_of(self, columns: &str) -> String {
        match self {
            Self::Sqlite => format!("json_group_array(json_array({columns}))"),
            Self::Postgres => {
                format!("coalesce(jsonb_agg(jsonb_build_array({columns})), '[]')::text")
            }
        }
    }

    /// Behind a table: the index that the planner shall take, where it can be told.
    pub fn by_index(self, index: &str) -> String {
        match self {
            Self::Sqlite => format!(" INDEXED BY {index}"),
            Self::Postgres => String::new(),
        }
    }

    /// Behind a query: its rows stay as they are until the transaction ends.
    pub fn locking(self) -> &'static str {
        match self {
            // There is one writer.
            Self::Sqlite => "",
            Self::Postgres => " FOR NO KEY UPDATE",
        }
    }
}
