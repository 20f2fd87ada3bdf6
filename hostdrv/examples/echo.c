/* SPDX-License-Identifier: Apache-2.0 */
/*
 * echo PORT          serves 127.0.0.1:PORT (0: any free one), one event loop for all connections
 * echo PORT TEXT     sends TEXT to it and prints what comes back
 */
#include <arpa/inet.h>
#include <errno.h>
#include <flatproxy/flatproxy.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void check(int status) {
  if (status >= 0) return;
  fprintf(stderr, "echo: %s\n", fp_last_error());
  exit(4);
}

static int client(fp_vq* q, const struct sockaddr_in* at, const char* text) {
  char back[4096];
  fp_sock* s;
  check(fp_socket(q, AF_INET, SOCK_STREAM, 0, &s));
  check(fp_connect(s, (const struct sockaddr*)at, sizeof *at));
  check((int)fp_send(s, text, strlen(text), 0));
  check(fp_shutdown(s, SHUT_WR));
  for (ssize_t n; (n = fp_recv(s, back, sizeof back, 0)) > 0;) fwrite(back, 1, (size_t)n, stdout);
  putchar('\n');
  return 0;
}

/* Copies from the RX window into the TX window; what finds no room stays, and the peer waits. */
static void serve(fp_sock* s) {
  for (;;) {
    const void* from;
    void* to;
    const ssize_t readable = fp_rx_peek(s, &from);
    if (readable == -EAGAIN) return;
    if (readable <= 0) {
      fp_close(s);
      return;
    }
    const ssize_t room = fp_tx_reserve(s, (size_t)readable, &to);
    if (room == -EAGAIN) return; /* FP_OUT will tell */
    if (room <= 0) {
      fp_close(s);
      return;
    }
    memcpy(to, from, (size_t)room);
    fp_tx_commit(s, (size_t)room, FP_MORE);
    fp_rx_consume(s, (size_t)room);
  }
}

int main(int argc, char** argv) {
  if (argc != 2 && argc != 3) {
    fprintf(stderr, "usage: echo PORT [TEXT]\n");
    return 2;
  }
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[1]))};
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  fp_ctx* c;
  fp_vq* q;
  check(fp_open(NULL, &c));
  check(fp_vq_create(c, 0, &q));
  if (argc == 3) {
    const int status = client(q, &at, argv[2]);
    fp_vq_destroy(q); /* its sockets with it */
    fp_close_ctx(c);
    return status;
  }

  const int on = 1;
  socklen_t n = sizeof at;
  fp_sock* listener;
  check(fp_socket(q, AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0, &listener));
  check(fp_setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on));
  check(fp_bind(listener, (struct sockaddr*)&at, n));
  check(fp_listen(listener, 1024));
  check(fp_getsockname(listener, (struct sockaddr*)&at, &n));
  printf("port %d on %s: %s\n", ntohs(at.sin_port), fp_backend_name(fp_ctx_backend(c)),
         fp_ctx_reason(c));
  fflush(stdout);
  for (;;) {
    struct fp_event ev[64];
    const int ready = fp_poll(q, ev, 64, -1);
    for (int i = 0; i < ready; ++i) {
      if (ev[i].sock != listener) {
        serve(ev[i].sock);
        continue;
      }
      for (fp_sock* s; fp_accept(listener, q, NULL, NULL, &s) == 0;) fp_set_nonblock(s, 1);
    }
  }
}
