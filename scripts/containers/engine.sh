# Sourced: a Docker engine that answers, with DOCKER_HOST pointing to it. Starts one where none does
# (Debian: docker.io, as root), with all that it keeps below $work, and stop_engine ends what it started.

start_engine() {
  if docker version >/dev/null 2>&1; then
    echo "Docker: the engine that runs here, $(docker version --format '{{.Server.Version}}')"
    return
  fi
  command -v dockerd >/dev/null || { echo "No Docker engine answers, and there is no dockerd to start: apt-get install docker.io" >&2; return 1; }
  mkdir -p "$work/docker"
  export DOCKER_HOST="unix://$work/docker/docker.sock"
  # vfs works on every file system, inside a container or a small virtual machine too.
  setsid dockerd --storage-driver vfs --data-root "$work/docker/data" --exec-root "$work/docker/exec" \
    --pidfile "$work/docker/pid" -H "$DOCKER_HOST" > "$work/docker/log" 2>&1 &
  engine=$!
  for _ in $(seq 60); do
    docker version >/dev/null 2>&1 && break
    kill -0 $engine 2>/dev/null || break
    sleep 0.5
  done
  docker version >/dev/null 2>&1 || { echo "dockerd did not start:" >&2; tail -5 "$work/docker/log" >&2; return 1; }
  echo "Docker: an engine of our own, $(docker version --format '{{.Server.Version}}'), which ends with this script"
}

stop_engine() {
  [ -n "${engine:-}" ] || return 0
  docker ps -aq | xargs -r docker rm -fv >/dev/null 2>&1 || true
  kill "$engine" 2>/dev/null || true
  wait "$engine" 2>/dev/null || true
  # The engine's own mounts would keep the folder from going away.
  awk -v root="$work/docker/" 'index($2, root) == 1 { print $2 }' /proc/mounts | sort -r | xargs -r -n1 umount -l 2>/dev/null || true
}
