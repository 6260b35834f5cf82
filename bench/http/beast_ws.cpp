// SPDX-License-Identifier: MIT

// The WebSocket server on Boost.Beast, with callbacks on one thread: Beast's own asynchronous
// example, with an executor that is known when it is compiled.
//
//     bench_http_beast_ws ws | --about

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/version.hpp>
#include <boost/beast/websocket.hpp>

#include <cstddef>
#include <cstdio>
#include <memory>
#include <string_view>
#include <utility>

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
using tcp = asio::ip::tcp;
using executor = asio::io_context::executor_type;
using socket_of = tcp::socket::rebind_executor<executor>::other;

constexpr std::size_t message_bytes_max = std::size_t{1} << 20;

/// One connection, kept alive by the operation that is under way. Nothing is compressed unless it
/// is asked to be.
class session : public std::enable_shared_from_this<session> {
public:
    explicit session(socket_of socket) : stream_{std::move(socket)} {}

    void run() {
        stream_.set_option(websocket::stream_base::timeout::suggested(beast::role_type::server));
        stream_.read_message_max(message_bytes_max);
        stream_.auto_fragment(false);  // a message is one frame, as with the others
        stream_.async_accept([self = shared_from_this()](beast::error_code failure) {
            if (!failure) self->read();
        });
    }

private:
    void read() {
        stream_.async_read(buffer_,
                           [self = shared_from_this()](beast::error_code failure, std::size_t) {
                               if (!failure) self->write();
                           });
    }

    void write() {
        stream_.text(stream_.got_text());
        stream_.async_write(buffer_.data(),
                            [self = shared_from_this()](beast::error_code failure, std::size_t) {
                                if (failure) return;
                                self->buffer_.consume(self->buffer_.size());
                                self->read();
                            });
    }

    websocket::stream<beast::basic_stream<tcp, executor>> stream_;
    beast::flat_buffer buffer_;
};

class server {
public:
    explicit server(asio::io_context& context)
        : acceptor_{context, {asio::ip::address_v4::loopback(), 0}} {
        acceptor_.listen(4096);
        std::printf("listening %d\n", int{acceptor_.local_endpoint().port()});
        std::fflush(stdout);
        accept();
    }

private:
    void accept() {
        acceptor_.async_accept([this](beast::error_code failure, socket_of taken) {
            if (!failure) {
                taken.set_option(tcp::no_delay{true});
                std::make_shared<session>(std::move(taken))->run();
            }
            accept();
        });
    }

    asio::basic_socket_acceptor<tcp, executor> acceptor_;
};

}  // namespace

int main(int argc, char** argv) {
    const std::string_view scheme = argc == 2 ? argv[1] : "";
    if (scheme == "--about") {
        std::printf("Boost.Beast of Boost %d.%d\n", BOOST_VERSION / 100'000,
                    BOOST_VERSION / 100 % 1'000);
        return 0;
    }
    if (scheme != "ws") return 3;
    asio::io_context context{1};
    const server serving{context};
    context.run();
}
