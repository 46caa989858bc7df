<?php
// GET ?cmd=set&key=K&value=V writes through the master; GET ?cmd=get&key=K reads from a replica.
header('Content-Type: application/json');

function connectTo(string $role): Redis {
  $fromEnvironment = getenv('GET_HOSTS_FROM') === 'env';
  $host = $fromEnvironment ? getenv('REDIS_' . strtoupper($role) . '_SERVICE_HOST') : "redis-$role";
  $redis = new Redis();
  $redis->connect($host, 6379, 2.0);
  return $redis;
}

$key = $_GET['key'] ?? 'messages';
try {
  if (($_GET['cmd'] ?? '') === 'set') {
    connectTo('master')->set($key, $_GET['value'] ?? '');
    echo json_encode(['message' => 'Updated']);
  } else {
    echo json_encode(['data' => connectTo('slave')->get($key) ?: '']);
  }
} catch (RedisException $problem) {
  http_response_code(503);
  echo json_encode(['error' => $problem->getMessage()]);
}
