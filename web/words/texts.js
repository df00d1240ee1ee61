/* Every text of the page: key|English|Chinese. {…} is replaced; one~other is
 * chosen by {n}. */

export default `
actions|Actions|操作
add|Add|添加
add.done|Added {added}, renewed {updated}, {same} were so already.|新增 {added} 个，更新 {updated} 个，{same} 个原本就是如此。
add.hint|One in each line, up to 10,000. A member that is there gets the new expiry and note.|每行一个，最多 10,000 个。已有的成员改用新的有效期和备注。
add.title|Add members|添加成员
all.is.off|All releases are off: everybody gets the defaults.|所有发布均已关闭：所有人使用默认版本。
all.off|All releases off|关闭所有发布
all.off.title|Turn all releases off?|关闭所有发布？
all.off.what|Every request of every release gets the default variant, at once. Weights and rules stay as they are.|所有发布的所有请求立即使用默认版本。权重和规则保持不变。
all.on|Releases on again|恢复所有发布
all.on.title|Let the releases decide again?|让各发布重新生效？
all.on.what|Rules and weights decide again. A release that is off by its own switch stays off.|规则和权重重新生效。自身开关已关闭的发布仍然关闭。
all.title|The switch over all releases|所有发布的总开关
any.host|any host|任意主机
as.of|as of {time}|截至 {time}
attribute|Attribute|属性
audit|Audit|审计
audit.all|everything|全部
audit.list|list {name}|名单 {name}
audit.details|details|详情
audit.of|Changes of|变更范围
audit.release|release {name}|发布 {name}
banner.away|grayd is away; it was last heard at {time}.|grayd 已离线；最后一次收到数据是 {time}。
banner.back|Connected again at {time}.|已于 {time} 重新连接。
banner.never|grayd cannot be reached.|无法连接 grayd。
banner.old|Figures are as of {time}, and nothing can be changed from here. Routing goes on by itself. The page tries again by itself.|数据截至 {time}，暂时不能在此修改。请求的分流不受影响。页面会自动重试。
banner.stale|grayd has been silent since {time}.|grayd 自 {time} 起没有响应。
banner.trying|Routing goes on without it. The page tries again by itself.|请求的分流不受影响。页面会自动重试。
cancel|Cancel|取消
card.figures|Figures of {name}|{name} 的数据
card.rules|{n} rule~{n} rules|{n} 条规则
changed|What changed|变更内容
changed.at|Changed|变更时间
chart.none|There are no charts here: make web adds them.|此处没有图表：make web 可添加。
chart.mean|Mean|平均
chart.most|Max|最大
chart.now|Now|现在
charts|Figures|数据
charts.errors|Errors (5xx), share of requests|错误（5xx）占请求的比例
charts.minutes|the last minute~the last {n} minutes|最近 {n} 分钟
charts.quantile|Which part of the times|耗时分位
charts.requests|Requests per second|每秒请求数
charts.times|Time of a request, {quantile}|请求耗时，{quantile}
charts.window|How far back|时间范围
code.away|grayd cannot be reached.|无法连接 grayd。
code.conflict|It was changed meanwhile; your change was not made.|期间已被他人修改；您的修改未执行。
code.damaged|The store is damaged.|存储已损坏。
code.exists|It is there already.|已经存在。
code.full|The disk or the store is full.|磁盘或存储已满。
code.guard|A guard refused it; nothing was changed.|被保护条件拒绝；没有任何变更。
code.http|Something before grayd refused it.|被 grayd 之前的代理拒绝。
code.in_use|It is in use, or grayd has too much to do.|正在使用中，或 grayd 过于繁忙。
code.invalid|This is not valid.|内容无效。
code.late|grayd did not answer in time; the change may have been made all the same.|grayd 未及时回应；修改可能已经执行。
code.no_store|There is no store.|没有存储。
code.not_found|There is no such thing.|不存在。
code.other|It failed ({code}).|失败（{code}）。
code.permission|It is not permitted.|不允许。
code.replaced|The store was replaced; try again.|存储已被替换；请重试。
code.schema|The store is of another schema.|存储的结构版本不同。
code.scope|The token lacks a scope: {scope} is needed.|令牌权限不足：需要 {scope}。
code.syntax|The condition is wrong.|条件有误。
code.system|The system refused it.|系统拒绝了此操作。
code.timeout|It took too long.|耗时过长。
compare.errors|errors {one}, default {base}:|错误 {one}，默认 {base}：
compare.errors.alike|= alike|= 相近
compare.errors.better|▼ fewer|▼ 更少
compare.errors.unknown|too few requests to compare|请求太少，无法比较
compare.errors.worse|▲ more errors|▲ 错误更多
compare.p95|p95 {one}, default {base}:|p95 {one}，默认 {base}：
compare.p95.alike|= alike|= 相近
compare.p95.better|▼ faster|▼ 更快
compare.p95.unknown|too few requests to compare|请求太少，无法比较
compare.p95.worse|▲ slower|▲ 更慢
condition|Condition|条件
condition.hint|Such as: device_id in @testers or city = 'BJ' and app_version >= v8.0.47|例如：device_id in @testers or city = 'BJ' and app_version >= v8.0.47
conflict.shown|The page shows the new state.|页面已显示最新状态。
conflict.who|The last change is by {user}, {time}: {verb} {summary}.|最近一次变更：{user}，{time}：{verb} {summary}。
copy|Copy|复制
copy.done|copied|已复制
copy.selected|selected: copy it with Ctrl-C|已选中：请按 Ctrl-C 复制
create.done|Made:|已创建：
create.list|New list|新建名单
create.release|New release|新建发布
create.variants|The first is the default.|第一个为默认版本。
decided|Decided by|判定依据
decided.by|By|依据
decided.count|{count} ({rate}/s)|{count}（{rate}/秒）
decided.what|All decisions that were counted, and those per second now.|已统计的全部判定，以及当前每秒的次数。
default|default|默认
diff.label|What changed, line by line|逐行变更
diff.none|Nothing that is written down.|没有记录任何差异。
document|Document|文档
document.what|As it is stored. It alone determines the decisions.|按存储原样显示。仅由它决定分流。
done|Done.|完成。
dry.nothing|Nothing.|没有变化。
dry.try|Only try|仅试算
dry.would|What would change:|将会变更：
empty.nginx|and in {file}, then reload nginx:|并写入 {file}，然后重新加载 nginx：
empty.then|Then give it a part of the requests: {command}|然后分给它一部分请求：{command}
empty.title|There is no release yet|还没有发布
empty.what|Make one here below, or type|可在下方新建，或输入
errors|Errors|错误率
expired|expired|已过期
expires|Expires|有效期至
expires.in|Lives for|有效期
explain|Explain|解释
explain.add|Another attribute|添加属性
explain.ask|Explain|解释
explain.at|As at {time}, revision {n}.|时间 {time}，修订号 {n}。
explain.bucket|{attribute} falls into bucket {bucket}, in the range {first} to {end}: {variant}.|{attribute} 落入桶 {bucket}，范围 {first} 至 {end}：{variant}。
explain.gets|It gets {variant}: {reason}|结果为 {variant}：{reason}
explain.is|Is|结果
explain.live|live list {name} says|实时名单 {name} 的回答
explain.missing|The release also reads, and you did not give: {names}.|该发布还会读取以下属性，而您没有填写：{names}。
explain.off|The release is off: everybody gets the default. This is what would be decided without the switch.|该发布已关闭：所有人使用默认版本。以下是未关闭时的判定。
explain.path|The path of the decision|判定路径
explain.rule|Rule|规则
explain.split|(split)|（权重）
explain.test|Test|测试
explain.unasked|Live lists whose answer is not known: {names}.|以下实时名单的回答未知：{names}。
explain.unused|The release does not read: {names}.|该发布不读取：{names}。
explain.what|Which variant somebody gets, and why. Leave empty what the request does not have.|某人会得到哪个版本，以及原因。请求中没有的属性留空。
explain.when|At another time|指定时间
explain.why|Why|原因
export|Export as a file|导出为文件
export.done|The file was saved.|文件已保存。
file|File|文件
for|For|用于
gives|Gives|给予
guard.away|grayd is away: nothing can be changed from here now.|grayd 已离线：暂时不能在此修改。
guard.busy|It is being done.|正在执行。
guard.loading|It is being read.|正在读取。
guard.scope|The token lacks the scope {scope}.|令牌缺少权限 {scope}。
guard.stale|grayd is silent: nothing can be changed from here now.|grayd 没有响应：暂时不能在此修改。
hits|Hits|命中
host|Host|主机
host.hint|Without a host it is a token only, for any host.|不填主机则只生成令牌，适用于任意主机。
import|Import|导入
import.bad|{n} bad line was left out~{n} bad lines were left out|{n} 行有误，已略过
import.bad.lines|Bad lines|有误的行
import.change|Refuse a change of more, in %|变化超过此百分比则拒绝
import.change.hint|When it replaces: protects against a bad file.|整体替换时有效：防止错误的文件。
import.csv|Column of a CSV file|CSV 文件的列名
import.csv.hint|Empty: one member in each line.|留空：每行一个成员。
import.done|Added {added}, renewed {updated}; {before} members before, {after} now.|新增 {added}，更新 {updated}；原有 {before} 个成员，现有 {after} 个。
import.expired|{n} line had expired~{n} lines had expired|{n} 行已过期
import.hint|MEMBER, or MEMBER, tab, expiry, tab, note in each line; gzip too.|每行为 成员，或 成员、制表符、有效期、制表符、备注；支持 gzip。
import.progress|What was sent|已发送的部分
import.replace|Replace the whole list, in one step|一次性替换整个名单
import.running|The file is being sent …|正在发送文件……
import.sent|{sent} of {size} sent|已发送 {sent}，共 {size}
import.stop|Stop|停止
import.stopped|The import was stopped.|导入已停止。
import.strict|Refuse the file when a line is bad|有一行有误即拒绝整个文件
import.title|Import a file|导入文件
import.writing|grayd reads and writes …|grayd 正在读取和写入……
kind|Kind|类型
kind.ip|addresses|地址
kind.ip.what|ip: addresses and blocks|ip：地址和网段
kind.live|live|实时
kind.live.what|live: stands in memcached|live：存放在 memcached
kind.string|identities|标识
kind.string.what|string: ids, names, anything|string：编号、名称等任意文本
line|Line|行
link.expired|expired|已过期
link.is|Whoever opens it gets {variant} of {release} until {time}.|打开此链接者在 {time} 之前使用 {release} 的 {variant}。
link.make|New link|新建链接
link.no.release|There is no release.|没有发布。
link.no_key|its key is gone|其密钥已不存在
link.once|This is shown once. Copy it now.|仅显示这一次，请立即复制。
link.revoke|Revoke|撤销
link.revoke.done|The link counts no more.|该链接已失效。
link.revoke.one|Revoke link {id}|撤销链接 {id}
link.revoke.title|Revoke this link?|撤销此链接？
link.revoke.what|Whoever has it gets what rules and weights say, from the next request on.|持有者从下一个请求起按规则和权重分流。
link.revoked|revoked|已撤销
link.token|Put it into the parameter {parameter} of any address; it gives {variant} of {release} until {time}.|放入任意地址的参数 {parameter} 中；在 {time} 之前使用 {release} 的 {variant}。
link.valid|valid|有效
links|Links|链接
links.made|Links that were made|已创建的链接
links.none|There are no links.|没有链接。
links.revoke|Revoke all|全部撤销
links.revoke.done|No link that was made so far counts any more.|此前创建的链接全部失效。
links.revoke.title|Revoke all links?|撤销所有链接？
links.revoke.what|No link that was made so far counts any more.|此前创建的链接全部失效。
links.rotate|New signing key|更换签名密钥
links.rotate.done|New links are signed with a new key.|新链接将使用新密钥签名。
links.rotate.title|Sign with a new key from now on?|从现在起使用新密钥签名？
links.rotate.what|Links of the key before still count until they end; those of older keys do not.|上一个密钥的链接在到期前仍然有效；更早密钥的链接失效。
links.what|A link gives one variant to whoever opens it, whatever rules and weights say.|无论规则和权重如何，打开链接者都使用指定的版本。
list.count|{count} member~{count} members|{count} 个成员
list.drop|Drop the list|删除名单
list.drop.force|even when rules use it|即使有规则在使用
list.drop.title|Drop the list {name}?|删除名单 {name}？
list.drop.what|The list and all its members are removed.|名单及其所有成员都会被删除。
list.live|The members of a live list stand in memcached. Nginx asks at each request; there is nothing to show here.|实时名单的成员存放在 memcached 中，nginx 在每次请求时查询；这里没有可显示的内容。
list.unused|nobody|无
lists.none|There are no lists yet. A rule uses one as: device_id in @testers|还没有名单。规则这样使用名单：device_id in @testers
made|Made|创建于
member|Member|成员
member.remove|Remove {name}|移除 {name}
member.remove.title|Remove {name}?|移除 {name}？
member.remove.what|It is no member from the next request on.|从下一个请求起不再是成员。
member.removed|{name} was removed.|已移除 {name}。
members|Members|成员
members.none|There are no members here.|这里没有成员。
more|More|更多
n|#|#
name|Name|名称
nav|Pages|页面
nav.audit|Audit|审计
nav.links|Links|链接
nav.lists|Lists|名单
nav.releases|Releases|发布
never|never|永久
note|Note|备注
nowhere|There is no such page|没有此页面
nowhere.back|To the releases|返回发布列表
older|Older changes|更早的变更
overview.windows|Requests per second are of the last 10 seconds; errors (5xx) and p95 of the last minute, trends of three.|每秒请求数取最近 10 秒；错误（5xx）和 p95 取最近一分钟，趋势取三分钟。
p95|p95|p95
page.before|Page before|上一页
page.is|page {n}|第 {n} 页
page.next|Next page|下一页
path|Path|路径
percent.of|{name}, in %|{name}，百分比
place|Place|位置
place.before|before {name}|在 {name} 之前
place.first|first|最前
place.last|last|最后
problem.column|Column {n}: |第 {n} 列：
promote|Promote|全量
promote.hint|Everybody for whom no rule decides gets the variant.|未被规则判定的所有人都使用该版本。
promote.title|Give everybody {variant}?|让所有人使用 {variant}？
promote.to|Promote a variant|全量发布的版本
promote.what|The release has {rate} requests per second now.|该发布当前每秒 {rate} 个请求。
rate|Requests/s|请求/秒
reason.default|default|默认
reason.disabled|off (the switch)|已关闭（开关）
reason.error|what could not be known|无法得知
reason.override|a signed link|签名链接
reason.split|weights|权重
reason.targeting_match|a rule|规则
release|Release|发布
release.all-off|off: all releases are|关闭：总开关已关闭
release.off|off|关闭
release.on|on|开启
release.remove|Remove the release|删除发布
release.remove.force|even when a running nginx uses it|即使运行中的 nginx 在使用
release.remove.title|Remove the release {name}?|删除发布 {name}？
release.remove.what|Its document, its rules and its switch are gone. Its requests get what nginx.conf names first.|其文档、规则和开关都会删除。请求使用 nginx.conf 中的第一个版本。
remove|Remove|移除
rename|Rename|重命名
reshuffle|Reshuffle|重新划分
reshuffle.done|People are divided anew: {percent} of them got another variant.|已重新划分：其中 {percent} 的人换了版本。
reshuffle.hint|Divides people anew: so that the first percent of the next release are not those of this one.|重新划分人群：使下一次发布的首批用户不再是同一批人。
reshuffle.title|Divide people anew?|重新划分人群？
reshuffle.what|The weights stay, other people get them. People of all variants move.|权重不变，但换成另一批人。各版本的人都会变动。
revision.is|revision {n}|修订号 {n}
rule.add|Add a rule|添加规则
rule.added|The rule was added.|规则已添加。
rule.by.hint|Attributes; empty: as the release has it.|属性；留空则与发布相同。
rule.down|Move {name} down|下移 {name}
rule.first|It is the first.|已是第一条。
rule.last|It is the last.|已是最后一条。
rule.part|a part of them …|其中一部分……
rule.remove|Remove {name}|移除 {name}
rule.remove.title|Remove the rule {name}?|移除规则 {name}？
rule.remove.what|The rules after it, then the weights, decide for those it held for.|原先命中的请求改由其后的规则和权重判定。
rule.rename|Rename {name}|重命名 {name}
rule.rename.title|Rename the rule {name}|重命名规则 {name}
rule.rename.to|New name|新名称
rule.up|Move {name} up|上移 {name}
rules|Rules|规则
rules.fallback|Otherwise: {outcome}|其余：{outcome}
rules.none|There are no rules. Everybody: {outcome}|没有规则。所有人：{outcome}
rules.what|From the top: the first whose condition holds decides. Hits are the requests that a rule decided, and those per second now.|自上而下：第一条成立的规则决定结果。命中为该规则判定的请求数，以及当前每秒的次数。
scheme|Scheme|协议
search|Search|查询
search.ask|Is it a member?|是否为成员？
search.by|Entry|条目
search.expired|{member} was a member; that has expired.|{member} 曾是成员，已过期。
search.no|{member} is not a member.|{member} 不是成员。
search.yes|{member} is a member.|{member} 是成员。
skip|Skip to the content|跳到内容
state|State|状态
state.away|away|离线
state.connecting|connecting|连接中
state.fresh|live|实时
state.stale|silent|无响应
store|Store|存储
store.audits|Audit records|审计记录
store.breaker|{n} worker does not ask this live list, as it failed: rules that need it are unknown~{n} workers do not ask this live list, as it failed: rules that need it are unknown|{n} 个工作进程因故障不再查询此实时名单：依赖它的规则结果未知
store.counters|The counters cannot be read: figures are not known.|无法读取计数：数据未知。
store.digest|Digest|摘要
store.lists|Lists|名单
store.nginx|nginx, module|nginx，模块
store.remarks|What is remarkable|值得注意
store.revision|Revision|修订号
store.size|Size|大小
store.size.of|{used} used, file {file}|已用 {used}，文件 {file}
store.well|Nothing.|无。
store.workers|Workers|工作进程
store.workers.none|no nginx runs with it|没有 nginx 使用它
store.workers.well|{well} of {n} well|{n} 个中 {well} 个正常
switch.is.all-off|The switch over all releases is off: everybody gets {variant}, whatever stands here.|总开关已关闭：无论此处如何设置，所有人都使用 {variant}。
switch.is.off|Everybody gets {variant}. Weights and rules wait.|所有人使用 {variant}。权重和规则暂不生效。
switch.is.on|Rules and weights decide. Off gives everybody {variant}, at once.|规则和权重生效中。关闭后所有人立即使用 {variant}。
switch.off|Turn off|关闭
switch.on|Turn on|开启
switch.on.title|Turn {name} on?|开启 {name}？
switch.on.what|Rules and weights decide again, for {rate} requests per second.|规则和权重重新生效，影响每秒 {rate} 个请求。
switch.title|On and off|开关
switched.nobody|No nginx runs with this store.|没有 nginx 使用此存储。
switched.off|It is off.|已关闭。
switched.on|It is on.|已开启。
switched.silent|Silent so far: {pids}. The switch is set all the same.|尚未回应：{pids}。开关仍已生效。
switched.wait|Waiting for the workers …|正在等待工作进程……
switched.workers|{confirmed}/{n} workers confirmed, {ms} ms.|{confirmed}/{n} 个工作进程已确认，{ms} 毫秒。
target|Of|对象
theme|Colours|配色
theme.auto|auto|自动
theme.dark|dark|深色
theme.light|light|浅色
time|Time|时间
time.days|{n} day~{n} days|{n} 天
time.hours|{n} hour~{n} hours|{n} 小时
token|Token|令牌
token.title|A token is needed|需要令牌
token.use|Use it|使用
token.wrong|This token is not known to grayd.|grayd 不认识此令牌。
token.why|grayd asks for one by TCP: grayd --new-token makes it. It is kept until this tab is closed.|通过 TCP 访问 grayd 需要令牌：由 grayd --new-token 生成。关闭此标签页后不再保留。
trend|Trend|趋势
truth.false|no|否
truth.no|no|否
truth.true|yes|是
truth.unknown|unknown|未知
truth.yes|yes|是
used.by|Used by|使用者
value|Value|值
variant|Variant|版本
variants|Variants|版本
verb|Did|动作
warning|Warning:|警告：
weight|Weight|权重
weights|Weights|权重
weights.anew|Other attributes divide people now: people move whatever else stands here.|改用其他属性划分人群：无论此处如何，人群都会变动。
weights.by|Divided by|划分依据
weights.by.hint|Attributes, the first that is present counts: device_id, user|属性，取第一个存在的：device_id, user
weights.change|Change the weights …|修改权重……
weights.change.now|Change now|立即修改
weights.done|Changed: {variants}.|已修改：{variants}。
weights.move|{percent} from {from} to {to}:|{percent} 从 {from} 到 {to}：
weights.moving|about {rate} of {all} requests per second.|约每秒 {rate} 个请求（共 {all} 个）。
weights.now|now {percent}|现为 {percent}
weights.of|The weights of|权重属于
weights.over|Together they are more than 100 %.|合计超过 100 %。
weights.own|the release: whom no rule decides|发布：未被规则判定者
weights.rest|{name} (default) has the rest: {percent}|{name}（默认）得到其余：{percent}
weights.rule|rule {name}|规则 {name}
weights.rules|Requests that rules decide do not move: it may be fewer.|由规则判定的请求不变动：实际可能更少。
weights.same|Nothing differs from what is so.|与当前没有差别。
weights.title|Change the weights of {name}?|修改 {name} 的权重？
weights.total|{percent} move:|{percent} 变动：
weights.undo|Undo|撤销修改
weights.unknown|how many requests that are is not known.|影响的请求数未知。
who|Who|操作者
why|Why|原因
`;
