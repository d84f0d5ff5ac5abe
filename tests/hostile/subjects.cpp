// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hostile/subjects.hpp"

#include <algorithm>
#include <boost/filesystem.hpp>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace kmodpp::test {

namespace fs = boost::filesystem;

const std::vector<SubjectRow>& all_subjects() {
    static const std::vector<SubjectRow> rows = {
        {"module truncations", module_truncations, 1u << 30},
        {"module fields", module_fields, 1u << 30},
        {"module noise", module_noise, 50000},
        {"index truncations", index_truncations, 1u << 30},
        {"index noise", index_noise, 10000},
        {"compressed streams", compressed_streams, 300},
        {"configuration and command line", config_texts, 1000},
        {"names and aliases", hostile_names, 500},
    };
    return rows;
}

std::string read_file(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) throw std::runtime_error("cannot read " + path);
    return {std::istreambuf_iterator<char>(in), {}};
}

void write_file(const std::string& path, std::string_view contents) {
    fs::create_directories(fs::path(path).parent_path());
    // ext4 waits for the disk if a file is truncated to 0 and written again.
    fs::remove(path);
    std::ofstream out(path, std::ios::binary);
    out.write(contents.data(), static_cast<std::streamsize>(contents.size()));
    if (!out.flush()) throw std::runtime_error("cannot write " + path);
}

std::vector<std::pair<std::string, std::string>> read_folder(const std::string& folder) {
    std::vector<std::pair<std::string, std::string>> files;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder))
        files.emplace_back(entry.path().filename().string(),
                           read_file(entry.path().string()));
    std::ranges::sort(files);
    if (files.empty()) throw std::runtime_error("no seeds in " + folder);
    return files;
}

}  // namespace kmodpp::test
