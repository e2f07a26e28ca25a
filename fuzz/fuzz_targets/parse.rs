//! Any text is refused or read; what was read prints to a text that is read as the same.
#![no_main]

use foghorn::diag::Diagnostic;
use foghorn::lang::ast::Expr;
use foghorn::lang::{Compiler, Names, parse_expr, parse_when};
use foghorn::unit::Severity;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let (when, faults) = parse_when(text);
    check(text, when.is_some(), &faults);
    if let Some(when) = when {
        if faults.is_empty() {
            let printed = when.to_string();
            // The canonical form may be longer than what was written, and so beyond the limit.
            if printed.len() <= foghorn::lang::EXPRESSION_MAX {
                let (again, faults) = parse_when(&printed);
                assert_eq!(faults, [], "{printed}");
                let again = again.expect("a text without faults is read");
                assert_eq!(again.condition.unplaced(), when.condition.unplaced());
                assert_eq!(
                    again.until.as_ref().map(Expr::unplaced),
                    when.until.as_ref().map(Expr::unplaced)
                );
                assert_eq!(again.to_string(), printed);
            }
        }
        let tiers = [(Severity::Critical, when)];
        let _ = Compiler::default().rule(&tiers, &Names::default());
    }
    let (expr, faults) = parse_expr(text);
    check(text, expr.is_some(), &faults);
    if let Some(expr) = expr {
        let (names, _) = Names::check([("a".to_owned(), expr.clone())].into());
        let _ = Compiler::default().expr(&expr, &names);
    }
});

fn check(text: &str, is_read: bool, faults: &[Diagnostic]) {
    assert!(is_read || !faults.is_empty());
    for fault in faults {
        let span = fault.primary.span;
        assert!(text.get(span.range()).is_some(), "{fault:?}");
    }
}
