//! A fault that comes back at every try, and is told once.

/// The fault that was told, as long as it lasts.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct LastingFault(Option<String>);

impl LastingFault {
    /// Notes that a try failed so; returns whether that is news.
    pub fn is_news(&mut self, fault: &str) -> bool {
        let is_news = self.0.as_deref() != Some(fault);
        if is_news {
            self.0 = Some(fault.to_owned());
        }
        is_news
    }

    /// Notes that a try went well; returns whether that is news.
    pub fn is_over(&mut self) -> bool {
        self.0.take().is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_news_once_until_it_is_over_or_another_comes() {
        let mut fault = LastingFault::default();
        assert!(!fault.is_over());
        assert!(fault.is_news("full"));
        assert!(!fault.is_news("full"));
        assert!(fault.is_news("gone") && fault.is_news("full"));
        assert!(fault.is_over() && !fault.is_over());
        assert!(fault.is_news("full"));
    }
}
