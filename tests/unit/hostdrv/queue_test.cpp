// SPDX-License-Identifier: Apache-2.0
//
// The event ring, interrupts, and a device that says what no device may say.
#include <functional>

#include "tests/unit/hostdrv/host_bench.hpp"

namespace flatproxy::test {
namespace {

vq::HostEvent event(uint32_t ring, uint32_t tail, uint8_t gen = 0) {
  vq::HostEvent e;
  e.ring = ring;
  e.gen = gen;
  e.tail = tail;
  return e;
}

class Queue : public HostBench {};

TEST_F(Queue, EventsGoRoundTheRingManyTimes) {
  fp_sock* s = open(5);
  const uint32_t ring = ring_of(5);
  std::string sent, got;
  // Five rounds, in batches of every size, so that the wrap falls everywhere.
  for (uint32_t i = 0; device.ev_tail < 5 * device.event_slots(); ++i) {
    deliver(ring, std::string(1 + i % 3, static_cast<char>('a' + i % 26)));
    sent += std::string(1 + i % 3, static_cast<char>('a' + i % 26));
    ASSERT_EQ(device.write_events(), 1u);
    ASSERT_EQ(events_of(s), FP_IN);
    got += receive(s);
    fp_flush(queue);
    ASSERT_EQ(device.ev_head, device.ev_tail);
  }
  EXPECT_EQ(got, sent);
}

TEST_F(Queue, AFullRoundTakenAtOnceIsTakenOnce) {
  open(5);
  // Fill the whole event ring with events of nobody.
  while (device.ev_tail - device.ev_head < device.event_slots()) {
    device.put_event(event(vq::kNumRings - 1, device.ev_tail, 9));
  }
  fp_event ev[4];
  EXPECT_EQ(fp_poll(queue, ev, 4, 0), 0);
  EXPECT_EQ(device.ev_head, device.ev_tail) << "the last round's phase is not this round's";
  EXPECT_EQ(fp_poll(queue, ev, 4, 0), 0);
}

TEST_F(Queue, ArmingNeverSleepsOverAnEvent) {
  fp_sock* s = open(5);
  const uint32_t ring = ring_of(5);
  EXPECT_EQ(fp_vq_arm(queue), 0);
  EXPECT_TRUE(device.armed);
  EXPECT_EQ(device.interrupts, 0u);
  deliver(ring, "x");
  device.write_events();
  EXPECT_EQ(device.interrupts, 1u);
  EXPECT_EQ(fp_vq_arm(queue), -EAGAIN) << "an event is there";
  EXPECT_EQ(device.interrupts, 2u) << "and the device fired at once";
  EXPECT_EQ(events_of(s), FP_IN);
  EXPECT_EQ(fp_vq_arm(queue), 0);
}

// What was consumed but not told would leave the device waiting while we sleep.
TEST_F(Queue, ArmingTellsWhatWasConsumed) {
  fp_sock* s = open(5);
  const uint32_t ring = ring_of(5);
  deliver(ring, "x");
  device.write_events();
  events_of(s);
  EXPECT_EQ(receive(s), "x");
  EXPECT_EQ(device.rings[ring].rx_head, 0u);
  EXPECT_EQ(fp_vq_arm(queue), 0);
  EXPECT_EQ(device.rings[ring].rx_head, 1u);
}

TEST_F(Queue, BeforeTheDeviceKnowsTheQueueThereIsNoSleep) {
  FakeDevice other;
  fp_ctx* c = open_in_process(other);
  fp_vq* q = nullptr;
  ASSERT_EQ(fp_vq_create(c, 0, &q), 0);
  EXPECT_EQ(fp_vq_arm(q), -EAGAIN);
  EXPECT_EQ(other.doorbells, 0u);
  EXPECT_FALSE(control_ready(c));
  EXPECT_FALSE(control_idle(c));
  other.mail_full = true;
  EXPECT_FALSE(poll_control(c)) << "the slot is full";
  other.mail_full = false;
  while (poll_control(c) || other.serve_mail()) {
  }
  EXPECT_TRUE(control_ready(c));
  EXPECT_EQ(fp_vq_arm(q), 0);
  other.tearing_down = true;
  close(c);
}

TEST_F(Queue, ARefusedQueueIsALostDevice) {
  FakeDevice other;
  other.setup_status = mb::Status::kRefused;
  fp_ctx* c = open_in_process(other);
  fp_vq* q = nullptr;
  ASSERT_EQ(fp_vq_create(c, 0, &q), 0);
  while (poll_control(c) || other.serve_mail()) {
  }
  fp_event ev[2];
  ASSERT_EQ(fp_poll(q, ev, 2, 0), 1);
  EXPECT_EQ(ev[0].events, FP_DEVGONE);
  other.tearing_down = true;
  close(c);
}

TEST_F(Queue, NonsenseFailsTheQueue) {
  struct Nonsense {
    const char* name;
    std::function<void(FakeDevice&, uint32_t ring)> say;
  };
  // Each on a fresh library: the first nonsense ends it.
  const Nonsense all[] = {
      {"rx beyond the ring", [](FakeDevice& d, uint32_t r) { d.put_event(event(r, 5000)); }},
      {"rx going back", [](FakeDevice& d, uint32_t r) { d.put_event(event(r, 99)); }},
      {"rx far back", [](FakeDevice& d, uint32_t r) { d.put_event(event(r, 0u - 5)); }},
      {"txfree beyond what was sent",
       [](FakeDevice& d, uint32_t r) {
         auto e = event(r, 11);
         e.txfree = true;
         d.put_event(e);
       }},
      {"txfree going back",
       [](FakeDevice& d, uint32_t r) {
         auto e = event(r, 4);
         e.txfree = true;
         d.put_event(e);
         e.tail = 3;
         d.put_event(e);
       }},
      {"txfree with another flag",
       [](FakeDevice& d, uint32_t r) {
         auto e = event(r, 4);
         e.txfree = e.rx = true;
         d.put_event(e);
       }},
      {"more data after the end",
       [](FakeDevice& d, uint32_t r) {
         auto e = event(r, 100);
         e.fin = true;
         d.put_event(e);
         d.put_event(event(r, 101));
       }},
      {"an event after gone",
       [](FakeDevice& d, uint32_t r) {
         auto e = event(r, 100);
         e.gone = true;
         d.put_event(e);
         d.put_event(event(r, 100));
       }},
      {"a ring beyond the queue",
       [](FakeDevice& d, uint32_t) { d.put_event(event(vq::kNumRings, 0)); }},
      {"the last ring there is", [](FakeDevice& d, uint32_t) { d.put_event(event(0xfffff, 0)); }},
      {"doorbells fail", [](FakeDevice& d, uint32_t) { d.broken = true; }},
  };
  for (const Nonsense& n : all) {
    SCOPED_TRACE(n.name);
    device.tearing_down = true;
    close(context);
    device.tearing_down = device.broken = device.queue_ready = false;
    device.rings.clear();
    context = open_in_process(device, {.rx_log2 = 12, .tx_log2 = 12});
    ASSERT_EQ(fp_vq_create(context, 0, &queue), 0);
    talk();
    ASSERT_EQ(fp_socket(queue, AF_INET, SOCK_STREAM, 0, &listener), 0);
    ASSERT_EQ(fp_listen(listener, 8), 0);
    fp_sock* s = open(5);
    const uint32_t ring = ring_of(5);
    deliver(ring, std::string(100, 'x'));
    device.write_events();
    ASSERT_EQ(events_of(s), FP_IN);
    ASSERT_EQ(send(s, "0123456789"), 10);
    ASSERT_EQ(receive(s, 50).size(), 50u);
    n.say(device, ring);
    expect_lost();
    const void* p = nullptr;
    void* w = nullptr;
    EXPECT_EQ(fp_rx_peek(s, &p), -ENODEV);
    EXPECT_EQ(fp_rx_consume(s, 1), -ENODEV);
    EXPECT_EQ(fp_tx_reserve(s, 1, &w), -ENODEV);
    EXPECT_EQ(fp_tx_commit(s, 0, 0), -ENODEV);
    EXPECT_EQ(fp_shutdown(s, SHUT_WR), -ENODEV);
    fp_close(s);
  }
}

TEST_F(Queue, OtherGenerationsAreNotOurs) {
  fp_sock* s = open(5, 2);
  const uint32_t ring = ring_of(5);
  for (uint8_t gen = 0; gen < 16; ++gen) {
    if (gen == 2) continue;
    auto e = event(ring, 5000, gen);  // would be nonsense if it were ours
    e.rst = e.gone = e.fin = true;
    device.put_event(e);
  }
  EXPECT_EQ(events_of(s), 0u);
  EXPECT_EQ(send(s, "x"), 1);
}

TEST_F(Queue, MailThatIsNoneIsIgnored) {
  device.mail_out.push_back({});
  device.mail_out.push_back({0xffffffff});
  mb::MsgHeader h;
  h.id = 144;
  h.length = mb::RingRequest::kWords;
  std::vector<uint32_t> m(1 + mb::RingRequest::kWords, 0xffffffff);
  h.pack(m.data());
  device.mail_out.push_back(m);  // enums out of range
  m.assign(1 + mb::RingRequest::kWords - 1, 0);
  h.pack(m.data());
  device.mail_out.push_back(m);  // too short
  mb::Reply stray;
  stray.status = mb::Status::kRefused;
  device.send(stray);  // to no question
  talk();
  EXPECT_TRUE(device.replies.empty());
  EXPECT_NE(open(5), nullptr) << "still alive";
}

TEST_F(Queue, NobodyIsPassedOverWhenAllAreReady) {
  std::vector<fp_sock*> socks;
  for (uint32_t id = 0; id < 10; ++id) {
    socks.push_back(open(id));
    deliver(ring_of(id), "x");
  }
  device.write_events();
  std::map<fp_sock*, int> seen;
  for (int round = 0; round < 10; ++round) {
    fp_event ev[3];
    ASSERT_EQ(fp_poll(queue, ev, 3, 0), 3);
    for (const fp_event& e : ev) ++seen[e.sock];
  }
  for (fp_sock* s : socks) EXPECT_GE(seen[s], 2);
}

TEST_F(Queue, UserPointersComeBackWithEvents) {
  fp_sock* s = open(5);
  int mine = 0;
  fp_sock_set_user(s, &mine);
  deliver(ring_of(5), "x");
  device.write_events();
  fp_event ev[2];
  ASSERT_EQ(fp_poll(queue, ev, 2, 0), 1);
  EXPECT_EQ(ev[0].user, &mine);
}

}  // namespace
}  // namespace flatproxy::test
