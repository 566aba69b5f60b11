"""M/M/1 at rho 0.8, service of 10 ms, in SimPy and in Ciw: python queues.py REQUESTS SEED.

Prints a JSON object of name: {requests, cpuSeconds, meanMs}; CPU seconds of this thread.
"""

import json
import random
import sys
import time

import ciw
import simpy

GAP_MS, SERVICE_MS = 12.5, 10.0


def with_simpy(requests, seed):
    draw = random.Random(seed).expovariate
    env = simpy.Environment()
    server = simpy.Resource(env, capacity=1)
    latencies_ms = []

    def guest():
        arrived_ms = env.now
        with server.request() as mine:
            yield mine
            yield env.timeout(draw(1 / SERVICE_MS))
        latencies_ms.append(env.now - arrived_ms)

    def source():
        for _ in range(requests):
            yield env.timeout(draw(1 / GAP_MS))
            env.process(guest())

    env.process(source())
    env.run()
    return latencies_ms


def with_ciw(requests, seed):
    ciw.seed(seed)
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(rate=1 / GAP_MS)],
        service_distributions=[ciw.dists.Exponential(rate=1 / SERVICE_MS)],
        number_of_servers=[1],
    )
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_customers(requests, method="Finish")
    return [record.exit_date - record.arrival_date for record in simulation.get_all_records()]


def timed(simulate, requests, seed):
    start = time.thread_time()
    latencies_ms = simulate(requests, seed)
    seconds = time.thread_time() - start
    count = len(latencies_ms)
    return {"requests": count, "cpuSeconds": seconds, "meanMs": sum(latencies_ms) / count}


requests, seed = int(sys.argv[1]), int(sys.argv[2])
libraries = {f"SimPy {simpy.__version__}": with_simpy, f"Ciw {ciw.__version__}": with_ciw}
print(json.dumps({name: timed(run, requests, seed) for name, run in libraries.items()}))
