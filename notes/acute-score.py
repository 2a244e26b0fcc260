#!/usr/bin/env python3
"""Port me. Pure Python, one epoch at a time, no numpy. usage: detector.py READINGS.csv.gz OUT.jsonl C [--vectors]"""
import csv, gzip, json, math, sys
from datetime import datetime, timedelta, timezone
VITALS = {  # mean, sd between, sd within (hourly epochs), weight up, weight down
    "heart_rate":         (75.0, 12.0, 8.0, 1.0, 0.0),
    "respiratory_rate":   (16.0, 3.0, 3.0, 1.0, 0.5),
    "body_temperature":   (37.0, 0.30, 0.35, 1.0, 0.5),
    "systolic_pressure":  (125.0, 15.0, 12.0, 0.0, 1.0),
    "oxygen_saturation":  (97.5, 1.5, 1.5, 0.0, 1.0),
    "diastolic_pressure": (75.0, 9.0, 7.0, 0.0, 1.0),
}
SMOOTH_H, LEVEL_H, HOLD_H = 3.0, 336.0, 8.0   # half-lives, hours
SLOW = 0.4         # share of the within-patient variance that averaging does not remove
SPREAD_N = 20.0    # pseudo-observations of the within-patient spread prior
LAMBDA = 1.0       # own-course evidence counts as much as population evidence
RHO = 0.5          # correlation of the two evidences in the moment match
KNEE = 3.0         # evidence quadratic up to 3 sd, linear beyond
CLIP = 3.0         # bounded influence on level and spread
PAUSE = 0.1        # learning rate of level and spread while an episode is open
CLOSE, LAST_H = 0.75, 8.0
def half(dt, h): return 0.5 ** (dt / h)
def evidence(z):
    a = abs(z)
    return 0.5 * a * a if a < KNEE else KNEE * a - 0.5 * KNEE * KNEE
def half_moments():
    """integrals over z>0 of evidence and evidence^2 under N(0,1)"""
    s = 1e-3; m = q = 0.0
    for i in range(12000):
        z = (i + 0.5) * s; d = math.exp(-z * z / 2) / math.sqrt(2 * math.pi) * s; e = evidence(z)
        m += e * d; q += e * e * d
    return m, q
H1, H2 = half_moments()     # 0.249898, 0.373585 at KNEE = 3 (printed by --vectors)
MOM = {v: ((u + d) * H1, (u * u + d * d) * H2 - ((u + d) * H1) ** 2) for v, (_, _, _, u, d) in VITALS.items()}
def surprise(mean, var, s):
    """-ln P(Gamma >= s) with that mean and variance, Wilson-Hilferty"""
    if s <= 0 or var <= 0: return 0.0
    k = mean * mean / var; x = s * mean / var
    u = ((x / k) ** (1 / 3) - (1 - 1 / (9 * k))) * math.sqrt(9 * k)
    if u < 5: return -math.log(0.5 * math.erfc(u / math.sqrt(2)))
    return 0.5 * u * u + math.log(u * 2.5066282746310002)
class Vital:
    __slots__ = "at lw level sn sq yw y2 y e m v z q".split()
    def __init__(s): s.at = None; s.lw = s.level = s.sn = s.sq = s.yw = s.y2 = s.y = s.e = s.m = s.v = s.z = s.q = 0.0
class Patient:
    def __init__(s): s.v = {}; s.open = False; s.since = None; s.g = 0.0
    def epoch(s, t, values, c):
        """t hours; values {vital: robust epoch value, good only}. Called for EVERY epoch of the fused clock, also empty ones.
        returns 'raise', 'resolve' (may both happen, resolve first) as a list"""
        rate = PAUSE if s.open else 1.0
        for name, x in values.items():
            mu, sb, sw, up, down = VITALS[name]
            p = s.v.setdefault(name, Vital()); dt = 0.0 if p.at is None else t - p.at
            p.lw *= half(dt, LEVEL_H); p.sn *= half(dt, LEVEL_H); p.sq *= half(dt, LEVEL_H)
            f = half(dt, SMOOTH_H); p.yw *= f; p.y2 *= f * f
            w0 = (sw / sb) ** 2
            m = (p.lw * p.level + w0 * mu) / (p.lw + w0)
            spread = math.sqrt((SPREAD_N * sw * sw + p.sq) / (SPREAD_N + p.sn))
            p.yw += 1; p.y2 += 1; p.y += (x - p.y) / p.yw
            noise = SLOW + (1 - SLOW) * p.y2 / p.yw ** 2
            p.z = (p.y - mu) / math.sqrt(sb * sb + sw * sw * noise)
            p.q = (p.y - m) / (spread * math.sqrt(noise + 1 / (p.lw + w0)))
            own = p.lw / (p.lw + w0)
            p.e = (up if p.z > 0 else down) * evidence(p.z) + LAMBDA * own * (up if p.q > 0 else down) * evidence(p.q)
            m1, v1 = MOM[name]
            p.m = m1 * (1 + LAMBDA); p.v = v1 * (1 + LAMBDA ** 2 + 2 * RHO * LAMBDA)
            inflate = math.sqrt(1 + 1 / (p.lw + w0)); lim = CLIP * spread * inflate
            r = min(max(x - m, -lim), lim)
            if p.lw >= 1: p.sn += rate; p.sq += rate * (r / inflate) ** 2
            p.lw += rate; p.level += rate * (m + r - p.level) / p.lw
            p.at = t
        a = mean = var = 0.0
        for p in s.v.values():
            h = half(t - p.at, HOLD_H); a += p.e * h; mean += p.m * h; var += p.v * h * h
        s.g = surprise(mean, var, a); out = []
        if s.open and (s.g < CLOSE * c or t - s.since >= LAST_H): s.open = False; out.append("resolve")
        if not s.open and s.g >= c: s.open = True; s.since = t; out.append("raise")
        return out
def hours(text): return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() / 3600
def stamp(h): return datetime.fromtimestamp(h * 3600, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
def main():
    c = float(sys.argv[3]); rows = {}; news = 0
    with gzip.open(sys.argv[1], "rt") as f, open(sys.argv[2], "w") as o:
        cur = None; k = 0
        def flush():
            if not cur: return
            p = Patient(); ep = None; t0 = min(rows); t1 = max(rows)
            for i in range(int(round(t1 - t0)) + 1):
                for ev in p.epoch(t0 + i, rows.get(t0 + i, {}), c):
                    if ev == "raise": ep = {"patient": cur, "kind": "deterioration", "priority": "medium", "raised_at": stamp(t0 + i), "g": round(p.g, 4)}
                    else: ep["resolved_at"] = stamp(t0 + i); o.write(json.dumps(ep) + "\n"); ep = None
                if "--vectors" in sys.argv and k < 2 and i < 12: print(cur, i, rows.get(t0 + i, {}), "g=%.6f" % p.g, {n: (round(v.z, 5), round(v.q, 5), round(v.e, 5)) for n, v in p.v.items()})
            if ep: ep["resolved_at"] = None; o.write(json.dumps(ep) + "\n")
        for r in csv.DictReader(f):
            if r["patient"] != cur: flush(); k += cur is not None; cur = r["patient"]; rows = {}
            rows.setdefault(hours(r["time"]), {})[r["vital"]] = float(r["value"])
        flush()
    if "--vectors" in sys.argv: print("H1 %.6f H2 %.6f" % (H1, H2), "surprise(2,4,6)=%.6f" % surprise(2, 4, 6), "surprise(2,4,40)=%.6f" % surprise(2, 4, 40))
main()
