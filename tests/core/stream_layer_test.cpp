// SPDX-License-Identifier: MIT

#include <patio/core/stream_layer.hpp>

#include <patio/core/stream.hpp>
#include <patio/core/transport.hpp>
#include <patio/testing/memory_stream.hpp>
#include <patio/testing/run.hpp>

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace {

using patio::byte_span;
using patio::byte_views;

/// Turns lower-case letters into upper-case ones: the least that a layer can be.
class shouting_transport final : public patio::transport {
public:
    explicit shouting_transport(std::unique_ptr<patio::transport> below)
        : below_{std::move(below)} {}

    patio::async<std::size_t> read_some(byte_span target) override {
        const std::size_t count = co_await below_->read_some(target);
        for (std::byte& byte : target.first(count)) {
            if (byte >= std::byte{'a'} && byte <= std::byte{'z'}) byte ^= std::byte{0x20};
        }
        co_return count;
    }
    patio::async<> write(byte_views parts) override { return below_->write(parts); }
    patio::async<> shutdown() override { return below_->shutdown(); }
    patio::async<> close() override { return below_->close(); }
    void abort() noexcept override { below_->abort(); }
    patio::transport* next_layer() noexcept override { return below_.get(); }

private:
    std::unique_ptr<patio::transport> below_;
};

class shouting final : public patio::stream_layer {
public:
    patio::async<> start(patio::stream& over, std::string peer_name) const override {
        std::string unread;
        auto below = over.release(unread);
        over = patio::stream{std::make_unique<shouting_transport>(std::move(below))};
        co_await over.write("to ", peer_name, ":");
    }
};

TEST(stream_layer, goes_between_a_stream_and_its_transport) {
    patio::testing::run([]() -> patio::async<> {
        auto pair = patio::testing::memory_streams();
        patio::transport* const bottom = pair.first.carrier();
        const shouting layer;
        co_await pair.first.start_tls(layer, "host");
        EXPECT_NE(pair.first.carrier(), bottom);
        EXPECT_EQ(pair.first.carrier()->next_layer(), bottom);
        co_await pair.second.write("hello\n");
        const auto line = co_await pair.first.read_line();
        EXPECT_EQ(line, "HELLO");
        const std::string greeting = co_await pair.second.read_exactly(8);
        EXPECT_EQ(greeting, "to host:");
    });
}

}  // namespace
