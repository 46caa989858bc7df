#!/bin/sh
# A replica of the master that DNS, or with GET_HOSTS_FROM=env the environment, names.
if [ "${GET_HOSTS_FROM:-dns}" = env ]; then master=$REDIS_MASTER_SERVICE_HOST; else master=redis-master; fi
exec redis-server --bind 0.0.0.0 --protected-mode no --save "" --replicaof "$master" 6379
