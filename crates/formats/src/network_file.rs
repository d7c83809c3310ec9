//! Which reader a network file needs.

use crate::{Reading, matpower, pandapower, pgm, psse, source};
use relight_model::{Finding, Findings, Network};
use std::path::Path;

const KNOWN: &str = "MATPOWER (.m), pandapower or power-grid-model (.json), PSS/E RAW 33 (.raw)";

/// Reads a network from a file of any known format, chosen by the extension and, for `.json`, by a look at the content.
pub fn read_network(path: &Path) -> Reading<Network> {
    let refused = |finding: Finding| {
        let mut findings = Findings::default();
        findings.push(finding.file(path.display().to_string()));
        (None, findings)
    };
    let extension = path.extension().and_then(|e| e.to_str()).unwrap_or("").to_ascii_lowercase();
    if !matches!(extension.as_str(), "m" | "json" | "raw") && path.is_file() {
        return refused(
            Finding::error("unknown-format", "no reader for files of this name")
                .field("extension", &extension)
                .allowed(KNOWN)
                .hint("rename the file if its extension is wrong"),
        );
    }
    let bytes = match source::read_file(path) {
        Ok(bytes) => bytes,
        Err(finding) => return refused(finding),
    };
    let (network, findings) = match extension.as_str() {
        "m" => matpower::read(&bytes),
        "json" if pgm::looks_like(&bytes) => {
            let (case, findings) = pgm::read(&bytes);
            (case.map(|c| c.network), findings)
        }
        "json" if pandapower::looks_like(&bytes) => pandapower::read(&bytes),
        "raw" => psse::read(&bytes),
        _ => {
            return refused(
                Finding::error("unknown-format", "the content is of no format that is read")
                    .field("extension", &extension)
                    .allowed(KNOWN)
                    .hint("check that this is a network file"),
            );
        }
    };
    (network, findings.with_file(&path.display().to_string()))
}
