// SPDX-License-Identifier: LGPL-2.1-or-later
#include "support/cms_signer.hpp"

#include <openssl/bn.h>
#include <openssl/cms.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <stdexcept>

namespace kmodpp::test {

namespace {

void require(bool succeeded, const char* what) {
    if (!succeeded) throw std::runtime_error(std::string("OpenSSL: ") + what);
}

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

std::string text_of(const ASN1_STRING* string) {
    return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)),
            static_cast<std::size_t>(ASN1_STRING_length(string))};
}

std::string magnitude_of(const ASN1_INTEGER* integer) {
    const std::unique_ptr<BIGNUM, void (*)(BIGNUM*)> number(
        ASN1_INTEGER_to_BN(integer, nullptr), BN_free);
    std::string out(static_cast<std::size_t>(BN_num_bytes(number.get())), '\0');
    BN_bn2bin(number.get(), reinterpret_cast<unsigned char*>(out.data()));
    return out;
}

/// Returns the output of one of OpenSSL's i2d functions.
template <class T>
std::string der_of(int (*write)(const T*, unsigned char**), const T* value) {
    unsigned char* der = nullptr;
    const int size = write(value, &der);
    require(size > 0, "encode DER");
    std::string out(reinterpret_cast<char*>(der), static_cast<std::size_t>(size));
    OPENSSL_free(der);
    return out;
}

void add_name(X509_NAME* name, const char* field, std::string_view value) {
    if (value.empty()) return;
    require(X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8, bytes_of(value),
                                       static_cast<int>(value.size()), -1, 0) == 1,
            "name the certificate");
}

std::string common_name_of(const X509_NAME* name) {
    const int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
    if (at < 0) return {};
    return text_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
}

}  // namespace

CmsSigner::CmsSigner(const Options& options)
    : key_(options.key == KeyType::rsa ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256"),
           EVP_PKEY_free),
      certificate_(X509_new(), X509_free) {
    require(key_ != nullptr && certificate_ != nullptr, "make a key");
    X509* certificate = certificate_.get();
    require(X509_set_version(certificate, X509_VERSION_3) == 1, "set the version");
    const std::unique_ptr<BIGNUM, void (*)(BIGNUM*)> serial(
        BN_bin2bn(bytes_of(options.serial), static_cast<int>(options.serial.size()),
                  nullptr),
        BN_free);
    require(
        BN_to_ASN1_INTEGER(serial.get(), X509_get_serialNumber(certificate)) != nullptr,
        "set the serial number");
    X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_NAME* name = X509_get_subject_name(certificate);
    add_name(name, "O", options.organisation);
    add_name(name, "CN", options.common_name);
    X509* const issuer =
        options.issuer != nullptr ? options.issuer->certificate_.get() : certificate;
    require(X509_set_issuer_name(certificate, X509_get_subject_name(issuer)) == 1,
            "set the issuer");
    require(X509_set_pubkey(certificate, key_.get()) == 1, "set the key");

    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    const std::unique_ptr<X509_EXTENSION, void (*)(X509_EXTENSION*)> key_id(
        X509V3_EXT_conf_nid(nullptr, &context, NID_subject_key_identifier, "hash"),
        X509_EXTENSION_free);
    require(X509_add_ext(certificate, key_id.get(), -1) == 1, "add the key id");
    if (options.issuer != nullptr) {
        const std::unique_ptr<X509_EXTENSION, void (*)(X509_EXTENSION*)> issuer_id(
            X509V3_EXT_conf_nid(nullptr, &context, NID_authority_key_identifier, "keyid"),
            X509_EXTENSION_free);
        require(X509_add_ext(certificate, issuer_id.get(), -1) == 1,
                "add the issuer's id");
    }
    EVP_PKEY* const signing =
        options.issuer != nullptr ? options.issuer->key_.get() : key_.get();
    require(X509_sign(certificate, signing, EVP_sha256()) > 0, "sign the certificate");
}

CmsSigner CmsSigner::with_key(const SigningKey& key) {
    const auto from = [](std::string_view text) {
        return std::unique_ptr<BIO, int (*)(BIO*)>(
            BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), BIO_free);
    };
    CmsSigner out(
        {PEM_read_bio_PrivateKey(from(key.key).get(), nullptr, nullptr, nullptr),
         EVP_PKEY_free},
        {PEM_read_bio_X509(from(key.certificate).get(), nullptr, nullptr, nullptr),
         X509_free});
    require(out.key_ != nullptr && out.certificate_ != nullptr, "read a key");
    return out;
}

CmsSignature CmsSigner::sign(std::string_view bytes, const SignOptions& options) const {
    const EVP_MD* digest = EVP_get_digestbyname(std::string(options.hash).c_str());
    require(digest != nullptr, "find the hash");
    unsigned flags = CMS_BINARY | CMS_DETACHED | CMS_NOSMIMECAP;
    if (!options.with_certificate) flags |= CMS_NOCERTS;
    if (!options.with_attributes) flags |= CMS_NOATTR;
    if (options.by_key_id) flags |= CMS_USE_KEYID;

    const std::unique_ptr<BIO, int (*)(BIO*)> data(
        BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())), BIO_free);
    const std::unique_ptr<CMS_ContentInfo, void (*)(CMS_ContentInfo*)> cms(
        CMS_sign(nullptr, nullptr, nullptr, data.get(),
                 CMS_BINARY | CMS_DETACHED | CMS_PARTIAL | CMS_NOCERTS),
        CMS_ContentInfo_free);
    require(cms != nullptr, "begin the signature");
    CMS_SignerInfo* info =
        CMS_add1_signer(cms.get(), certificate_.get(), key_.get(), digest, flags);
    require(info != nullptr, "add the signer");
    for (const CmsSigner* other : options.more_certificates)
        require(CMS_add1_cert(cms.get(), other->certificate_.get()) == 1,
                "add a certificate");
    require(CMS_final(cms.get(), data.get(), nullptr, flags) == 1, "sign");

    CmsSignature out;
    out.der = der_of(i2d_CMS_ContentInfo, cms.get());
    ASN1_OCTET_STRING* key_id = nullptr;
    X509_NAME* issuer = nullptr;
    ASN1_INTEGER* serial = nullptr;
    require(CMS_SignerInfo_get0_signer_id(info, &key_id, &issuer, &serial) == 1,
            "name the signer");
    if (issuer != nullptr) out.signer = common_name_of(issuer);
    out.key_id = key_id != nullptr ? text_of(key_id) : magnitude_of(serial);
    out.signature = text_of(CMS_SignerInfo_get0_signature(info));
    return out;
}

std::string CmsSigner::certificate() const {
    return der_of(i2d_X509, certificate_.get());
}

}  // namespace kmodpp::test
