// SPDX-License-Identifier: MIT
#pragma once

// A network of the test's own: packets can be lost in it without anybody else noticing.

#include <functional>
#include <string>

namespace patio::test_support {

/// Why this machine lets nobody make a network namespace and filter its packets; empty if it does.
[[nodiscard]] std::string private_network_refusal();

/// Runs `body` in a forked child that is alone in a network of its own, where the loopback device
/// is up and packets are filtered by `rules`: statements of nft(8) for packets that come in, such
/// as "tcp dport 7 drop". **Returns** what the child returned, or -1 if a signal ended it.
///
/// To be used while the test process has no other threads.
int in_private_network(const std::string& rules, const std::function<int()>& body);

/// Another filter for the child that calls it.
void set_packet_rules(const std::string& rules);

}  // namespace patio::test_support
