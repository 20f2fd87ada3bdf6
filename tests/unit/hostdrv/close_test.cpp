// SPDX-License-Identifier: Apache-2.0
//
// How connections end: who speaks first, which message overtakes which, and when memory and ring
// numbers may be used again.
#include "tests/unit/hostdrv/host_bench.hpp"

namespace flatproxy::test {
namespace {

class Close : public HostBench {
 protected:
  // Device and firmware let go of a ring in the order asked for.
  void let_go(uint32_t ring, bool release_first) {
    const ConnRef conn = device.rings.at(ring).conn;
    device.close(ring);
    if (release_first) {
      // The firmware sees the ring unbound while GONE is still on the link.
      device.release(conn, ring);
      talk();
      device.write_events();
      drain();
    } else {
      device.write_events();
      drain();
      device.release(conn, ring);
      talk();
    }
  }
  void drain() {
    fp_event ev[80];
    fp_poll(queue, ev, 80, 0);
  }
  size_t event_ring_only() const { return 1; }
};

TEST_F(Close, ThePeerEndsFirst) {
  for (const bool release_first : {false, true}) {
    fp_sock* s = open(5);
    const uint32_t ring = ring_of(5);
    deliver(ring, "last");
    device.peer_fin(ring);
    device.write_events();
    EXPECT_EQ(events_of(s), FP_IN) << "data before the end";
    EXPECT_EQ(receive(s), "last");
    EXPECT_EQ(events_of(s), FP_IN | FP_RDHUP);
    const void* p = nullptr;
    EXPECT_EQ(fp_rx_peek(s, &p), 0) << "end of stream";
    EXPECT_EQ(send(s, "bye"), 3) << "our direction is open";
    fp_close(s);
    EXPECT_FALSE(device.host_done(ring));
    device.fetch(ring, 10);
    EXPECT_TRUE(device.host_done(ring));
    EXPECT_EQ(text_of(device.rings[ring].from_host), "bye");
    let_go(ring, release_first);
    EXPECT_EQ(device.mapped.size(), event_ring_only());
  }
}

TEST_F(Close, TheHostEndsFirstAndReadsOn) {
  fp_sock* s = open(5);
  const uint32_t ring = ring_of(5);
  EXPECT_EQ(send(s, "question"), 8);
  EXPECT_EQ(fp_shutdown(s, SHUT_WR), 0);
  EXPECT_EQ(fp_shutdown(s, SHUT_WR), 0) << "once is enough";
  EXPECT_EQ(send(s, "x"), -EPIPE);
  EXPECT_EQ(fp_tx_commit(s, 0, 0), -EINVAL);
  device.fetch(ring, 100);
  EXPECT_TRUE(device.host_done(ring));
  deliver(ring, "answer");
  device.peer_fin(ring);
  device.write_events();
  EXPECT_EQ(events_of(s), FP_IN);
  EXPECT_EQ(receive(s), "answer");
  fp_close(s);
  let_go(ring, false);
  EXPECT_EQ(device.mapped.size(), event_ring_only());
}

// The application is gone, the peer goes on: its bytes must not stop for want of ring space.
TEST_F(Close, AClosedSocketReadsOnUntilThePeerEnds) {
  fp_sock* s = open(5);
  const uint32_t ring = ring_of(5);
  deliver(ring, std::string(100, 'u'));
  device.write_events();
  drain();
  fp_close(s);
  EXPECT_TRUE(device.host_done(ring));
  for (int i = 0; i < 50; ++i) {
    ASSERT_GE(device.rings[ring].room(), 1000u) << i;
    deliver(ring, std::string(1000, 'v'));
    device.write_events();
    drain();
  }
  device.peer_fin(ring);
  device.write_events();
  drain();
  let_go(ring, true);
  EXPECT_EQ(device.mapped.size(), event_ring_only());
}

TEST_F(Close, AResetIsAnErrorBehindTheData) {
  fp_sock* s = open(5);
  const uint32_t ring = ring_of(5);
  deliver(ring, "ab");
  device.peer_rst(ring);
  device.write_events();
  fp_event ev[4];
  ASSERT_EQ(fp_poll(queue, ev, 4, 0), 1);
  EXPECT_EQ(ev[0].events, FP_IN | FP_ERR);
  EXPECT_EQ(ev[0].error, ECONNRESET);
  EXPECT_EQ(receive(s), "ab");
  const void* p = nullptr;
  EXPECT_EQ(fp_rx_peek(s, &p), -ECONNRESET);
  EXPECT_EQ(send(s, "x"), -ECONNRESET);
  fp_close(s);
  EXPECT_FALSE(device.rings[ring].fin) << "nothing to end";
  let_go(ring, true);
  EXPECT_EQ(device.mapped.size(), event_ring_only());
}

TEST_F(Close, ARingTheDeviceStoppedIsAnInputOutputError) {
  fp_sock* s = open(5);
  const uint32_t ring = ring_of(5);
  device.rings[ring].err_due = true;
  device.write_events();
  fp_event ev[4];
  ASSERT_EQ(fp_poll(queue, ev, 4, 0), 1);
  EXPECT_EQ(ev[0].events, FP_ERR);
  EXPECT_EQ(ev[0].error, EIO);
  EXPECT_EQ(send(s, "x"), -EIO);
  fp_close(s);
  let_go(ring, false);
}

TEST_F(Close, TheDeviceLetsGoFirst) {
  fp_sock* s = open(5);
  const uint32_t ring = ring_of(5);
  let_go(ring, false);
  EXPECT_EQ(events_of(s), FP_HUP);
  EXPECT_EQ(send(s, "x"), -EPIPE);
  EXPECT_EQ(device.mapped.size(), event_ring_only()) << "the device cannot reach it any more";
  fp_close(s);
}

// A ring_release that overtakes GONE must not free the number: its next user would take that GONE
// for its own (their generations may well be equal).
TEST_F(Close, ARingComesBackOnlyAfterGoneAndRelease) {
  fp_sock* first = open(5);
  const uint32_t ring = ring_of(5);
  fp_close(first);
  device.close(ring);
  device.release({.conn_id = 5, .gen = 0}, ring);
  talk();
  fp_sock* second = open(6);
  EXPECT_NE(ring_of(6), ring) << "GONE of the first is still to come";
  device.write_events();
  drain();
  EXPECT_EQ(events_of(second), 0u);
  fp_sock* third = open(7);
  EXPECT_EQ(ring_of(7), ring) << "now it is free";
  EXPECT_EQ(events_of(third), 0u);
}

TEST_F(Close, GoneAloneDoesNotFreeTheRingEither) {
  fp_close(open(5));
  const uint32_t ring = ring_of(5);
  device.close(ring);
  device.write_events();
  drain();
  open(6);
  EXPECT_NE(ring_of(6), ring);
  EXPECT_EQ(device.mapped.size(), 5u) << "both pairs and the event ring";
  device.release({.conn_id = 5, .gen = 0}, ring);
  talk();
  EXPECT_EQ(device.mapped.size(), 3u);
}

TEST_F(Close, ReleasesOfSomebodyElseAreIgnored) {
  fp_sock* s = open(5, 4);
  const uint32_t ring = ring_of(5);
  device.release({.conn_id = 5, .gen = 3}, ring, false);
  device.release({.conn_id = 5, .gen = 4}, ring + 1, false);
  device.release({.conn_id = 5, .gen = 4}, 0xfffff, false);
  talk();
  EXPECT_EQ(events_of(s), 0u);
  EXPECT_EQ(send(s, "x"), 1);
}

TEST_F(Close, APairThatWasNeverBoundGoesBackAtOnce) {
  device.bind_at_once = false;
  for (uint32_t id = 0; id < 20; ++id) {
    device.request({.conn_id = id, .gen = 0});
    talk();
    ASSERT_EQ(device.replies.back().status, mb::Status::kOk) << "the backlog of 8 is not used up";
    device.release({.conn_id = id, .gen = 0}, device.replies.back().ring, false);
    talk();
    EXPECT_EQ(device.mapped.size(), event_ring_only());
  }
}

TEST_F(Close, ClosingAListenerEndsWhatWaits) {
  // One open and waiting, one offered only.
  device.request({.conn_id = 1, .gen = 0});
  talk();
  device.write_events();
  drain();
  device.request({.conn_id = 2, .gen = 0});
  talk();
  const uint32_t waiting = ring_of(1), offered = ring_of(2);
  fp_close(listener);
  listener = nullptr;
  EXPECT_TRUE(device.host_done(waiting));
  EXPECT_FALSE(device.host_done(offered)) << "its doorbells are not ours before OPEN";
  device.write_events();
  drain();
  EXPECT_TRUE(device.host_done(offered));
  let_go(waiting, false);
  let_go(offered, true);
  EXPECT_EQ(device.mapped.size(), event_ring_only());
}

TEST_F(Close, DestroyingAQueueTakesAllMemoryBack) {
  open(1);
  device.request({.conn_id = 2, .gen = 0});
  talk();
  device.tearing_down = true;
  fp_vq_destroy(queue);
  EXPECT_TRUE(device.mapped.empty());
  // A new one may follow; the device has to be set up again.
  device.rings.clear();
  ASSERT_EQ(fp_vq_create(context, 0, &queue), 0);
  talk();
  EXPECT_TRUE(control_ready(context));
  EXPECT_EQ(device.mapped.size(), 1u);
}

}  // namespace
}  // namespace flatproxy::test
