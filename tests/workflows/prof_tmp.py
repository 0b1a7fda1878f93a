import time, jobs, runner
orig = jobs.Steps._step
T0=time.time()
def timed(self, step, number):
    t=time.time(); r=orig(self, step, number); print(f"{t-T0:7.2f} {time.time()-t:6.2f} {self.desk.github['job']:10s} {r.name}  {r.outcome}", flush=True); return r
jobs.Steps._step = timed
