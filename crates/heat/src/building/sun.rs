//! What the sun gives to a surface and through a window.
//!
//! ```text
//! G = 2 pi (n − 1) / 365                       n = day of the year, middle of the step, solar time
//! declination, equation of time: Spencer's series in G (Search 2:172, 1971)
//! on tilt b: beam = DNI cos i                                                                    (1)
//!            sky  = DHI ((1 − F1) (1 + cos b) / 2 + F1 cos i / max(cos 85°, cos z) + F2 sin b)    (2)
//!            ground = albedo GHI (1 − cos b) / 2                                                 (3)
//! ```
//!
//! (2) is the sky of Perez and others (Solar Energy 44:271, 1990): brighter around the sun by F1, and along the horizon by F2.

use relight_model::{Radiation, UtcSecond, WeatherSite};
use std::f64::consts::{PI, TAU};

/// Radiation outside the air, W/m2.
const EXTRATERRESTRIAL_W_PER_M2: f64 = 1361.0;
/// What the ground throws back.
const ALBEDO: f64 = 0.2;
/// cos z below which the ring around the sun is not stretched any further: 85° from the zenith.
const COS_ZENITH_MIN: f64 = 0.087;
/// Clearness up to which each row of [`PEREZ`] holds.
const CLEARNESS: [f64; 7] = [1.065, 1.23, 1.5, 1.95, 2.8, 4.5, 6.2];
/// F11, F12, F13, F21, F22, F23 of Perez and others, table 6, from overcast to clear.
const PEREZ: [[f64; 6]; 8] = [
    [-0.008, 0.588, -0.062, -0.060, 0.072, -0.022],
    [0.130, 0.683, -0.151, -0.019, 0.066, -0.029],
    [0.330, 0.487, -0.221, 0.055, -0.064, -0.026],
    [0.568, 0.187, -0.295, 0.109, -0.152, -0.014],
    [0.873, -0.392, -0.362, 0.226, -0.462, 0.001],
    [1.132, -1.237, -0.412, 0.288, -0.823, 0.056],
    [1.060, -1.600, -0.359, 0.264, -1.127, 0.131],
    [0.678, -0.327, -0.250, 0.156, -1.377, 0.251],
];
/// Resistance from an outer surface to the air, m2 K/W: ISO 6946.
const R_OUTSIDE_M2_K_PER_W: f64 = 0.04;
/// Loss to a sky that is 11 K colder than the air, W/m2: ISO 13790, 11.4.6, emissivity 0.9.
const SKY_LOSS_W_PER_M2: f64 = 5.0 * 0.9 * 11.0;

/// How a surface lies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Surface {
    /// From the horizontal, degrees: 0 = roof, 90 = wall.
    pub tilt_deg: f64,
    /// Where it looks, degrees clockwise from north.
    pub azimuth_deg: f64,
}

/// What meets a surface.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Incident {
    /// From the sun's direction, W/m2 of the surface.
    pub beam_w_per_m2: f64,
    /// Cosine of the angle at which that comes in.
    pub cos_incidence: f64,
    /// From sky and ground, W/m2.
    pub diffuse_w_per_m2: f64,
}

/// A part of a hull.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Element {
    /// How it lies.
    pub surface: Surface,
    /// Area, m2.
    pub area_m2: f64,
    /// U-value, W/(m2 K).
    pub u_w_per_m2_k: f64,
    /// What it does with the sun.
    pub skin: Skin,
}

/// What a part of a hull does with the sun.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Skin {
    /// A window of two clear panes with this solar energy transmittance g at normal incidence.
    Glass(f64),
    /// A wall or roof that absorbs this share.
    Opaque(f64),
}

/// Direction to the sun in the middle of a step: east, north, up.
fn to_sun(site: &WeatherSite, middle: UtcSecond) -> [f64; 3] {
    let days = middle.0 as f64 / 86_400.0;
    // The tropical year counted from 1 January 1970: the calendar's leap days drift around it by less than a day.
    let g = TAU * (days / 365.2425).rem_euclid(1.0);
    let declination = 0.006918 - 0.399912 * g.cos() + 0.070257 * g.sin() - 0.006758 * (2.0 * g).cos()
        + 0.000907 * (2.0 * g).sin()
        - 0.002697 * (3.0 * g).cos()
        + 0.00148 * (3.0 * g).sin();
    let equation_of_time_h = 229.18 / 60.0
        * (0.000075 + 0.001868 * g.cos() - 0.032077 * g.sin() - 0.014615 * (2.0 * g).cos() - 0.04089 * (2.0 * g).sin());
    let solar_h = (days.rem_euclid(1.0)) * 24.0 + site.at.lon_deg / 15.0 + equation_of_time_h;
    let hour_angle = (solar_h - 12.0) * PI / 12.0;
    let (sin_lat, cos_lat) = site.at.lat_deg.to_radians().sin_cos();
    let (sin_d, cos_d) = declination.sin_cos();
    [
        -cos_d * hour_angle.sin(),
        cos_lat * sin_d - sin_lat * cos_d * hour_angle.cos(),
        sin_lat * sin_d + cos_lat * cos_d * hour_angle.cos(),
    ]
}

/// What meets a surface in a step whose middle is `middle`: (1) to (3).
pub fn incident(radiation: &Radiation, site: &WeatherSite, middle: UtcSecond, surface: &Surface) -> Incident {
    let sun = to_sun(site, middle);
    let (sin_tilt, cos_tilt) = surface.tilt_deg.to_radians().sin_cos();
    let (sin_azimuth, cos_azimuth) = surface.azimuth_deg.to_radians().sin_cos();
    let cos_incidence = sin_tilt * (sin_azimuth * sun[0] + cos_azimuth * sun[1]) + cos_tilt * sun[2];
    let cos_incidence = if sun[2] > 0.0 { cos_incidence.max(0.0) } else { 0.0 };
    let (ring, horizon) = sky_brightness(radiation, sun[2]);
    let sky =
        (1.0 - ring) * 0.5 * (1.0 + cos_tilt) + ring * cos_incidence / sun[2].max(COS_ZENITH_MIN) + horizon * sin_tilt;
    let ground = ALBEDO * radiation.global_w_per_m2 * 0.5 * (1.0 - cos_tilt);
    Incident {
        beam_w_per_m2: radiation.direct_normal_w_per_m2 * cos_incidence,
        cos_incidence,
        diffuse_w_per_m2: radiation.diffuse_w_per_m2 * sky.max(0.0) + ground,
    }
}

/// F1 and F2 of (2), by the clearness of the sky and its brightness.
fn sky_brightness(radiation: &Radiation, cos_zenith: f64) -> (f64, f64) {
    let (direct, diffuse) = (radiation.direct_normal_w_per_m2, radiation.diffuse_w_per_m2);
    if diffuse <= 0.0 || cos_zenith <= 0.0 {
        return (0.0, 0.0);
    }
    let zenith = cos_zenith.min(1.0).acos();
    let cubic = 1.041 * zenith.powi(3);
    let clearness = ((diffuse + direct) / diffuse + cubic) / (1.0 + cubic);
    let [f11, f12, f13, f21, f22, f23] = PEREZ[CLEARNESS.iter().filter(|&&limit| clearness >= limit).count()];
    // Air mass after Kasten and Young.
    let air_mass = 1.0 / (cos_zenith + 0.50572 * (96.07995 - zenith.to_degrees()).powf(-1.6364));
    let brightness = diffuse * air_mass / EXTRATERRESTRIAL_W_PER_M2;
    ((f11 + f12 * brightness + f13 * zenith).max(0.0), f21 + f22 * brightness + f23 * zenith)
}

/// Part of its normal transmittance that glass keeps at an angle of incidence: a cubic in the angle, fitted to two clear panes of
/// 3 mm (ASHRAE 140, table of case 600's window).
pub fn glass_at(cos_incidence: f64) -> f64 {
    let angle = cos_incidence.clamp(0.0, 1.0).acos();
    (1.0 + angle * (-0.189 + angle * (0.644 - 0.596 * angle))).clamp(0.0, 1.0)
}

/// The same for light from the whole half sphere: 2 ∫ glass_at cos d(cos).
pub const GLASS_DIFFUSE: f64 = 0.8712;

impl Element {
    /// Heat to the zone, W: what comes through or is absorbed, less what goes to the cold sky. ISO 13790, (43) to (46).
    pub fn gain_w(&self, incident: &Incident) -> f64 {
        let through = self.u_w_per_m2_k * R_OUTSIDE_M2_K_PER_W;
        let taken_w_per_m2 = match self.skin {
            Skin::Glass(g) => {
                g * (incident.beam_w_per_m2 * glass_at(incident.cos_incidence)
                    + incident.diffuse_w_per_m2 * GLASS_DIFFUSE)
            }
            Skin::Opaque(absorbed) => absorbed * through * (incident.beam_w_per_m2 + incident.diffuse_w_per_m2),
        };
        // Sky that it sees: all of it from a roof, half from a wall.
        let sees_sky = 0.5 * (1.0 + self.surface.tilt_deg.to_radians().cos());
        self.area_m2 * (taken_w_per_m2 - sees_sky * through * SKY_LOSS_W_PER_M2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use relight_model::GeoPoint;

    const KYIV: WeatherSite =
        WeatherSite { at: GeoPoint { lon_deg: 30.5, lat_deg: 50.45 }, utc_offset_h: 2.0, height_m: 160.0 };

    #[test]
    fn the_sun_stands_where_almanacs_say() {
        let elevation = |at: i64| to_sun(&KYIV, UtcSecond(at))[2].asin().to_degrees();
        // Solar noon of 21 June and 21 December 2025: 90° − 50.45° ± 23.44°.
        assert!((elevation(1_750_500_120) - 62.99).abs() < 0.15, "{}", elevation(1_750_500_120));
        assert!((elevation(1_766_310_960) - 16.11).abs() < 0.15, "{}", elevation(1_766_310_960));
        let noon = to_sun(&KYIV, UtcSecond(1_766_310_960));
        assert!(noon[0].abs() < 0.02 && noon[1] < -0.9, "south at noon: {noon:?}");
        let morning = to_sun(&KYIV, UtcSecond(1_766_310_960 - 3 * 3600));
        assert!(morning[0] > 0.5, "east in the morning: {morning:?}");
    }

    #[test]
    fn a_horizontal_surface_gets_what_was_measured() {
        let noon = UtcSecond(1_750_500_120);
        let sun_up = to_sun(&KYIV, noon)[2];
        let radiation = Radiation {
            global_w_per_m2: 700.0 * sun_up + 120.0,
            direct_normal_w_per_m2: 700.0,
            diffuse_w_per_m2: 120.0,
        };
        let flat = incident(&radiation, &KYIV, noon, &Surface { tilt_deg: 0.0, azimuth_deg: 180.0 });
        assert!((flat.beam_w_per_m2 + flat.diffuse_w_per_m2 - radiation.global_w_per_m2).abs() < 1e-9);
        let north = incident(&radiation, &KYIV, noon, &Surface { tilt_deg: 90.0, azimuth_deg: 0.0 });
        assert_eq!(north.beam_w_per_m2, 0.0);
        let night =
            incident(&radiation, &KYIV, UtcSecond(noon.0 + 43_200), &Surface { tilt_deg: 90.0, azimuth_deg: 0.0 });
        assert_eq!(night.beam_w_per_m2, 0.0);
    }

    #[test]
    fn glass_takes_the_half_sphere_as_its_integral_says() {
        let steps = 20_000;
        let at = |k: usize| (k as f64 + 0.5) / steps as f64;
        let integral: f64 = (0..steps).map(|k| 2.0 * at(k) * glass_at(at(k)) / steps as f64).sum();
        assert!((integral - GLASS_DIFFUSE).abs() < 5e-4, "{integral}");
        assert_eq!(glass_at(1.0), 1.0);
        assert!(glass_at(0.0) < 0.01);
    }
}
