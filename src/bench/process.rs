//! What Linux tells of a process: its processor time and its memory (proc(5)).

/// Clock ticks a second of `/proc/PID/stat`: fixed at 100 by Linux's user interface.
const TICKS_PER_S: f64 = 100.0;

/// Processor time of a process so far, seconds; 0 when it is gone.
pub(super) fn cpu_s(pid: u32) -> f64 {
    let used = read(pid, "stat").and_then(|text| {
        // Fields 14 and 15, counted after the command's closing bracket.
        let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
        let ticks = |i: usize| fields.get(i)?.parse::<f64>().ok();
        Some((ticks(11)? + ticks(12)?) / TICKS_PER_S)
    });
    used.unwrap_or(0.0)
}

/// Resident memory of a process, MB (2²⁰ bytes); 0 when it is gone.
pub(super) fn rss_mb(pid: u32) -> f64 {
    let kb = read(pid, "status").and_then(|text| {
        let line = text.lines().find(|l| l.starts_with("VmRSS:"))?;
        line.split_whitespace().nth(1)?.parse::<f64>().ok()
    });
    kb.unwrap_or(0.0) / 1024.0
}

/// This process's processor time, seconds.
pub(super) fn own_cpu_s() -> f64 {
    let used = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    used.tv_sec as f64 + used.tv_nsec as f64 / 1e9
}

fn read(pid: u32, file: &str) -> Option<String> {
    std::fs::read_to_string(format!("/proc/{pid}/{file}")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_running_process_has_memory_and_one_that_is_not_there_none() {
        assert!(rss_mb(std::process::id()) > 1.0);
        assert!(cpu_s(std::process::id()) >= 0.0);
        assert!(rss_mb(u32::MAX) < f64::EPSILON);
    }
}
