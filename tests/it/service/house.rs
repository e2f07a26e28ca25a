//! A folder with a rules file, and the program that runs in it.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// How long something may take that takes a second on an idle machine.
pub const PATIENCE: Duration = Duration::from_mins(3);
/// How often it is looked whether a program has ended.
const NAP: Duration = Duration::from_millis(10);
/// When the simulated time begins.
pub const START: &str = "2026-11-22T08:00:00Z";

pub fn foghorn() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_foghorn"));
    command.env_remove("FOGHORN_LOG").stdin(Stdio::null());
    command
}

/// A folder of its own.
pub struct House {
    pub dir: TempDir,
}

impl House {
    pub fn new(rules: &str) -> Self {
        let house = Self {
            dir: tempfile::tempdir().unwrap(),
        };
        house.write("rules.yaml", rules);
        house
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    pub fn write(&self, name: &str, text: &str) {
        // As editors do: never half a file.
        let unfinished = self.path().join(format!(".{name}.new"));
        fs::write(&unfinished, text).unwrap();
        fs::rename(unfinished, self.path().join(name)).unwrap();
    }

    /// The command `foghorn run` in this folder.
    pub fn run_command(&self) -> Command {
        let mut command = foghorn();
        command.args(["run", "rules.yaml"]).current_dir(self.path());
        command
    }

    /// Starts the service and waits until it listens.
    pub fn run(&self) -> Service {
        let mut service = Service::spawn(self.run_command());
        service.wait_for_listening();
        service
    }

    /// Runs another command in this folder to its end: status, output, errors.
    pub fn command(&self, arguments: &[&str]) -> (Option<i32>, String, String) {
        let mut command = foghorn();
        let output = command
            .args(arguments)
            .current_dir(self.path())
            .output()
            .unwrap();
        (
            output.status.code(),
            String::from_utf8(output.stdout).unwrap(),
            String::from_utf8(output.stderr).unwrap(),
        )
    }

    /// Runs the service where it is expected not to start: status and errors.
    pub fn refused(&self) -> (Option<i32>, String) {
        let mut service = Service::spawn(self.run_command());
        let status = service.wait(PATIENCE);
        (status.and_then(|status| status.code()), service.log())
    }
}

/// A running program, whose words are kept. It ends with the test.
pub struct Service {
    child: Child,
    out: Arc<Mutex<String>>,
    log: Arc<Mutex<String>>,
    /// What reads these.
    readers: Vec<JoinHandle<()>>,
    pub address: String,
}

impl Service {
    pub fn spawn(mut command: Command) -> Self {
        let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (out, reads_out) = collect(child.stdout.take().unwrap());
        let (log, reads_log) = collect(child.stderr.take().unwrap());
        Self {
            child,
            out,
            log,
            readers: vec![reads_out, reads_log],
            address: String::new(),
        }
    }

    pub fn wait_for_listening(&mut self) {
        until("it listens", || {
            let log = self.log();
            let line = log
                .lines()
                .find_map(|line| line.split_once("\"listen\":\""));
            if let Some((_, rest)) = line {
                rest.split('"')
                    .next()
                    .unwrap()
                    .clone_into(&mut self.address);
            }
            !self.address.is_empty() || self.child.try_wait().unwrap().is_some()
        });
        assert!(!self.address.is_empty(), "{}", self.log());
    }

    pub fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    pub fn out(&self) -> String {
        self.out.lock().unwrap().clone()
    }

    pub fn pid(&self) -> String {
        self.child.id().to_string()
    }

    pub fn signal(&self, name: &str) {
        let mut kill = Command::new("kill");
        assert!(kill.args([name, &self.pid()]).status().unwrap().success());
    }

    /// Ends it as a power failure would.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.read_to_end();
    }

    /// Reads all that a program said which has ended.
    fn read_to_end(&mut self) {
        for reader in self.readers.drain(..) {
            reader.join().unwrap();
        }
    }

    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Waits until it has ended, and until all that it said is read.
    pub fn wait(&mut self, patience: Duration) -> Option<ExitStatus> {
        self.wait_in_naps(patience).map(|(status, _)| status)
    }

    /// The same, with how long it took as the naps of this thread count it: where others keep the
    /// machine busy a nap takes longer than it is counted for.
    fn wait_in_naps(&mut self, patience: Duration) -> Option<(ExitStatus, Duration)> {
        let (began, mut waited) = (Instant::now(), Duration::ZERO);
        while began.elapsed() < patience {
            if let Some(status) = self.child.try_wait().unwrap() {
                self.read_to_end();
                return Some((status, waited));
            }
            thread::sleep(NAP);
            waited += NAP;
        }
        None
    }

    /// Tells it to stop, and returns how long that took, in naps; it must end well.
    pub fn stop(&mut self) -> Duration {
        self.signal("-TERM");
        let (status, waited) = self.wait_in_naps(PATIENCE).unwrap();
        assert_eq!(status.code(), Some(0), "{}", self.log());
        waited
    }

    /// Gets a page: status and body.
    pub fn get(&self, path: &str) -> (u16, String) {
        self.ask("GET", path)
    }

    /// Has the rules file read again: status and body.
    pub fn reload(&self) -> (u16, String) {
        self.ask("POST", "/-/reload")
    }

    fn ask(&self, method: &str, path: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: test\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
        let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        (status, body.to_owned())
    }

    /// A metric's value, the sum over its labels.
    pub fn metric(&self, name: &str) -> f64 {
        let (_, text) = self.get("/metrics");
        let of = |line: &str| {
            let (key, value) = line.rsplit_once(' ')?;
            (key.split('{').next() == Some(name)).then(|| value.parse::<f64>().unwrap())
        };
        text.lines().filter_map(of).sum()
    }

    /// Waits until all minutes before `time` are judged.
    pub fn judged(&self, time: &str) {
        let time: chrono::DateTime<chrono::Utc> = time.parse().unwrap();
        #[expect(
            clippy::cast_precision_loss,
            reason = "seconds of this century are exact"
        )]
        let wanted = time.timestamp() as f64;
        until("it is judged", || {
            self.metric("foghorn_judged_until_timestamp_seconds") >= wanted
        });
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if thread::panicking() {
            let log = self.log();
            let tail = log.len().saturating_sub(4_000);
            eprintln!("…{}", &log[log.ceil_char_boundary(tail)..]);
        }
    }
}

fn collect(stream: impl Read + Send + 'static) -> (Arc<Mutex<String>>, JoinHandle<()>) {
    let text = Arc::new(Mutex::new(String::new()));
    let kept = Arc::clone(&text);
    let reader = thread::spawn(move || {
        let mut reader = BufReader::new(stream);
        let mut line = String::new();
        while reader.read_line(&mut line).is_ok_and(|read| read > 0) {
            kept.lock().unwrap().push_str(&line);
            line.clear();
        }
    });
    (text, reader)
}

/// Waits until something holds; fails if it never does.
pub fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < PATIENCE, "waited in vain until {what}");
        thread::sleep(Duration::from_millis(20));
    }
}
