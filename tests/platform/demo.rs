//! The demo on a folder that somebody has worked with.

use crate::platform::Platform;

#[test]
fn a_decommissioned_device_of_the_demo_stays_so_and_the_demo_starts_again() {
    let mut platform = Platform::prepared().with_flags(&["--demo"]);
    platform.start();
    platform.stop();
    platform.succeed(&["device", "decommission", "air-01"]);
    platform.start();
    let device = platform.get("/api/v1/devices/air-01");
    assert_eq!(device["state"], "decommissioned", "{device}");
    let status = platform.get("/api/v1/status");
    assert_eq!(status["demo"], true, "{status}");
    platform.stop();
}
