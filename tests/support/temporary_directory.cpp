// SPDX-License-Identifier: LGPL-2.1-or-later
#include "support/temporary_directory.hpp"

#include <fstream>
#include <iterator>
#include <stdexcept>

namespace fs = boost::filesystem;

namespace kmodpp::test {

TemporaryDirectory::TemporaryDirectory()
    : path_(fs::canonical(fs::temp_directory_path()) /
            fs::unique_path("kmodpp-%%%%-%%%%-%%%%")) {
    fs::create_directories(path_);
}

TemporaryDirectory::~TemporaryDirectory() {
    boost::system::error_code ignored;
    fs::remove_all(path_, ignored);
}

void TemporaryDirectory::write(std::string_view relative,
                               std::string_view contents) const {
    const fs::path file = path_ / fs::path(std::string(relative));
    fs::create_directories(file.parent_path());
    std::ofstream out(file.string(), std::ios::binary | std::ios::trunc);
    out.write(contents.data(), static_cast<std::streamsize>(contents.size()));
    if (!out.flush()) throw std::runtime_error("cannot write " + file.string());
}

std::string TemporaryDirectory::read(std::string_view relative) const {
    const fs::path file = path_ / fs::path(std::string(relative));
    std::ifstream in(file.string(), std::ios::binary);
    if (!in) throw std::runtime_error("cannot read " + file.string());
    return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace kmodpp::test
