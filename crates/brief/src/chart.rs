//! The chart of demand and power served over the horizon.

use crate::html::Html;
use crate::numbers;
use crate::page::Page;
use crate::summary::Tally;
use crate::text::{Both, Word, phrase};
use crate::times::Clock;
use relight_model::{Horizon, UtcSecond};

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 250.0;
const LEFT: f64 = 58.0;
const RIGHT: f64 = 8.0;
const TOP: f64 = 26.0;
const BOTTOM: f64 = 40.0;

/// Most columns drawn; more steps than that are averaged, a pixel could not show them.
const COLUMNS_MAX: usize = 720;

/// Draws demand and supply per step.
pub(crate) fn draw(html: &mut Html, page: &Page<'_>) {
    let columns = columns(&page.summary.steps);
    let top_mw = columns.iter().fold(0.0, |m: f64, c| m.max(c.0).max(c.1));
    let (tick_mw, ticks) = ticks(top_mw);
    let scale = Scale { width: columns.len(), top_mw: tick_mw * ticks as f64 };
    html.raw("<figure class=\"chart\"><svg viewBox=\"0 0 ").number(WIDTH).raw(" ").number(HEIGHT);
    html.raw("\" role=\"img\" aria-labelledby=\"chart-title chart-desc\"><title id=\"chart-title\">");
    title(html, &phrase(Word::ChartTitle, &[("dc", &page.dc_mark())]));
    html.raw("</title><desc id=\"chart-desc\">").with(|h| title(h, &Word::ChartDesc.both())).raw("</desc>");
    html.raw(
        "<defs><pattern id=\"gap\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">\
         <rect width=\"6\" height=\"6\" fill=\"#fbe3c8\"/><path d=\"M0 0V6\" stroke=\"#8a4a12\" stroke-width=\"1.6\"/></pattern></defs>",
    );
    html.raw("<path class=\"gap\" d=\"").with(|h| area(h, &scale, &columns, |c| c.0)).raw("\"/>");
    html.raw("<path class=\"served\" d=\"").with(|h| area(h, &scale, &columns, |c| c.1)).raw("\"/>");
    html.raw("<path class=\"served-line\" d=\"").with(|h| outline(h, &scale, &columns, |c| c.1)).raw("\"/>");
    html.raw("<path class=\"demand\" d=\"").with(|h| outline(h, &scale, &columns, |c| c.0)).raw("\"/>");
    for k in 0..=ticks {
        let mw = tick_mw * k as f64;
        let y = scale.y(mw);
        html.raw("<path class=\"grid\" d=\"M")
            .number(LEFT)
            .raw(" ")
            .number(y)
            .raw("H")
            .number(WIDTH - RIGHT)
            .raw("\"/>");
        label(html, LEFT - 6.0, y + 4.0, "end", &numbers::mw(mw));
    }
    label(html, LEFT - 6.0, 12.0, "end", &Both { en: "MW".into(), uk: "МВт".into() });
    time_axis(html, &page.plan.horizon, page.clock);
    html.raw("</svg><ul class=\"legend\"><li><svg class=\"key\" viewBox=\"0 0 26 16\" aria-hidden=\"true\"><path class=\"demand\" d=\"M0 8H26\"/></svg>");
    html.both(&Word::Demand.both());
    html.raw("</li><li><svg class=\"key\" viewBox=\"0 0 26 16\" aria-hidden=\"true\"><rect class=\"served\" width=\"26\" height=\"16\"/></svg>");
    html.both(&Word::Served.both());
    html.raw("</li><li><svg class=\"key\" viewBox=\"0 0 26 16\" aria-hidden=\"true\"><rect class=\"gap\" width=\"26\" height=\"16\"/></svg>");
    html.both(&Word::NotServed.both()).raw("</li></ul></figure>");
}

fn title(html: &mut Html, both: &Both) {
    html.text(&both.en).raw(" / ").text(&both.uk);
}

/// (demand, served) per column, MW.
fn columns(steps: &[Tally]) -> Vec<(f64, f64)> {
    let per_column = steps.len().div_ceil(COLUMNS_MAX).max(1);
    let mean = |chunk: &[Tally], of: fn(&Tally) -> f64| chunk.iter().map(of).sum::<f64>() / chunk.len() as f64;
    steps.chunks(per_column).map(|c| (mean(c, |t| t.demand_mw), mean(c, |t| t.served_mw))).collect()
}

/// Step of the axis (1, 2 or 5 times a power of ten) and number of steps that cover the top.
fn ticks(top_mw: f64) -> (f64, usize) {
    if top_mw <= 0.0 {
        return (1.0, 1);
    }
    let raw = top_mw / 4.0;
    let power = 10f64.powf(raw.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].map(|m| m * power).into_iter().find(|s| *s >= raw * 0.999).unwrap_or(10.0 * power);
    (step, ((top_mw / step).ceil() as usize).clamp(1, 10))
}

struct Scale {
    width: usize,
    top_mw: f64,
}

impl Scale {
    fn x(&self, column: usize) -> f64 {
        LEFT + (WIDTH - LEFT - RIGHT) * column as f64 / self.width as f64
    }

    fn y(&self, mw: f64) -> f64 {
        HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (mw / self.top_mw).clamp(0.0, 1.0)
    }
}

/// A staircase: every column is as high as its mean.
fn outline(html: &mut Html, scale: &Scale, columns: &[(f64, f64)], of: fn(&(f64, f64)) -> f64) {
    for (i, column) in columns.iter().enumerate() {
        if i == 0 {
            html.raw("M").number(scale.x(0)).raw(" ").number(scale.y(of(column)));
        } else {
            html.raw("V").number(scale.y(of(column)));
        }
        html.raw("H").number(scale.x(i + 1));
    }
}

fn area(html: &mut Html, scale: &Scale, columns: &[(f64, f64)], of: fn(&(f64, f64)) -> f64) {
    outline(html, scale, columns, of);
    html.raw("V").number(scale.y(0.0)).raw("H").number(scale.x(0)).raw("z");
}

/// Local midnights with their day, and hours between them where there is room.
fn time_axis(html: &mut Html, horizon: &Horizon, clock: &Clock) {
    let seconds = i64::from(horizon.steps) * i64::from(horizon.step_s);
    let x = |second: i64| LEFT + (WIDTH - LEFT - RIGHT) * second as f64 / seconds as f64;
    let base = HEIGHT - BOTTOM;
    let days = seconds as f64 / 86_400.0;
    // Hours between two labels: about ten labels in all, so that neither overlaps the next.
    let every_h = [1, 2, 3, 6, 12].into_iter().find(|h| days * 24.0 / f64::from(*h) <= 14.0);
    let first_hour = (horizon.start.0.div_euclid(900) + 1) * 900 - horizon.start.0;
    let midnight_every = (days / 6.0).ceil().max(1.0) as i64;
    let mut midnights = 0;
    // Local hours begin at full quarters of UTC hours everywhere; a year has 35,000 of them.
    let mut day_labels: Vec<i64> = vec![0];
    for second in (first_hour..seconds).step_by(900).take(40_000) {
        let at = UtcSecond(horizon.start.0 + second);
        let Some((hour, 0)) = clock.hour_and_minute(at) else { continue };
        if hour == 0 {
            midnights += 1;
            if midnights % midnight_every == 0 {
                html.raw("<path class=\"day\" d=\"M")
                    .number(x(second))
                    .raw(" ")
                    .number(TOP)
                    .raw("V")
                    .number(base + 20.0);
                html.raw("\"/>");
                day_labels.push(second);
            }
        }
        if every_h.is_some_and(|every| i32::from(hour) % every == 0) {
            html.raw("<path class=\"tick\" d=\"M").number(x(second)).raw(" ").number(base).raw("v4\"/>");
            label(html, x(second), base + 16.0, "middle", &Both::same(format!("{hour:02}")));
        }
    }
    day_labels.push(seconds);
    for pair in day_labels.windows(2) {
        if x(pair[1]) - x(pair[0]) > 105.0 {
            label(html, x(pair[0]) + 3.0, base + 33.0, "start", &clock.day(UtcSecond(horizon.start.0 + pair[0])));
        }
    }
}

fn label(html: &mut Html, x: f64, y: f64, anchor: &'static str, text: &Both) {
    let mut write = |open: &'static str, text: &str| {
        html.raw(open).raw(" text-anchor=\"").raw(anchor).raw("\" x=\"").number(x).raw("\" y=\"").number(y).raw("\">");
        html.text(text).raw("</text>");
    };
    if text.en == text.uk {
        write("<text", &text.en);
    } else {
        write("<text lang=\"en\"", &text.en);
        write("<text lang=\"uk\"", &text.uk);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_axis_covers_the_top_in_round_steps() {
        assert_eq!(ticks(1790.0), (500.0, 4));
        assert_eq!(ticks(100.0), (50.0, 2));
        assert_eq!(ticks(0.0), (1.0, 1));
        for top in [0.003, 1.0, 7.0, 19.9, 333.0, 40_000.0, 1e9] {
            let (step, n) = ticks(top);
            assert!(step * n as f64 >= top * 0.999 && (1..=10).contains(&n), "{top}: {step} x {n}");
        }
    }

    #[test]
    fn many_steps_are_averaged() {
        let steps: Vec<Tally> = (0..1440).map(|k| Tally { demand_mw: f64::from(k % 2), ..Tally::default() }).collect();
        let columns = columns(&steps);
        assert_eq!(columns.len(), 720);
        assert!(columns.iter().all(|c| c.0 == 0.5));
    }
}
