/*
 * The first process of every pod: holds the pod's namespaces, reaps orphans when it is process 1 of a shared process
 * namespace, and exits at once on SIGTERM or SIGINT.
 */
#include <signal.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

static void leave(int number) {
  (void)number;
  _exit(0);
}

static void reap(int number) {
  (void)number;
  while (waitpid(-1, NULL, WNOHANG) > 0) {
  }
}

int main(void) {
  const struct sigaction leaving = {.sa_handler = leave};
  const struct sigaction reaping = {.sa_handler = reap, .sa_flags = SA_NOCLDSTOP | SA_RESTART};
  if (sigaction(SIGTERM, &leaving, NULL) < 0 || sigaction(SIGINT, &leaving, NULL) < 0 || sigaction(SIGCHLD, &reaping, NULL) < 0) return 1;
  for (;;) pause();
}
