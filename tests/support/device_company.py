"""The smallest company with devices: two at one site, read from two files."""

from pathlib import Path

from lake.settings import Settings

COMPANY = """
name: {zh: 设备, en: Devices}
time_zone: Asia/Shanghai
reporting_currency: CNY
as_of: 2025-06-30
sources:
  sites: {connector: csv, path: "${DATA}/sites.csv"}
  devices: {connector: csv, path: "${DATA}/devices.csv", fresh_within_hours: 24}
tables:
  ref__sites: {from: sites, columns: {site_id: site_id, name: name}}
  iot__devices: {from: devices, columns: {device_id: device_id, site_id: site_id, installed_on: installed_on}}
"""


def device_company(settings: Settings, folder: Path) -> Settings:
    """Settings on a company of two devices at one site."""
    (folder / "company.yml").write_text(COMPANY, encoding="utf-8")
    (folder / "sites.csv").write_text("site_id,name\nS,School\n", encoding="utf-8")
    devices = "device_id,site_id,installed_on\nD1,S,2025-06-01\nD2,S,2025-06-02\n"
    (folder / "devices.csv").write_text(devices, encoding="utf-8")
    return settings.model_copy(update={"company": folder, "data": folder})
